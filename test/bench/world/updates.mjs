import { contactEmail, memberMobile, mobile } from './shop.mjs';

const MERGE_EVERY = 20;

export const UPDATE = `mutation ($input: UpdateCustomerInput!) {
  updateCustomer(input: $input) {
    success
    customer { userId version firstname lastname }
    changes { field previous current }
    errors { code message field }
  }
}`;

/** Merges that were asked for, but of which the database has no more: no result, rather than a wrong one. */
export class PairsUsedUp extends Error {
  constructor() {
    super(
      'All pairs that were imported to be merged are used up: this machine does more updates than were reckoned with',
    );
  }
}

/**
 * The realistic update: a customer by mobile at random, a name, two custom fields, a subscription; each 20th names the
 * email address of a second account too, which merges the two. A pair is merged once: `firstPair` says from which on.
 */
export function createUpdates({ customers, pairs, seed = 1, firstPair = 0 }) {
  const random = createRandom(seed);
  let made = 0;
  let pair = firstPair;
  return {
    next() {
      made += 1;
      const changes = {
        firstname: 'Rita',
        lastname: randomName(random),
        customFields: [
          { name: 'age', value: String(18 + Math.floor(random() * 80)) },
          { name: 'shoe_size', value: String(34 + Math.floor(random() * 14)) },
        ],
        subscriptions: [{ channel: 'SMS', priority: 'BULK', status: random() < 0.5 ? 'SUBSCRIBED' : 'UNSUBSCRIBED' }],
      };
      if (made % MERGE_EVERY !== 0) return { mobile: mobile(Math.floor(random() * customers)), ...changes };
      if (pair >= pairs) throw new PairsUsedUp();
      const input = { mobile: memberMobile(pair), email: contactEmail(pair), ...changes };
      pair += 1;
      return input;
    },
    pairsUsed: () => pair,
  };
}

/** How many pairs so many updates merge. */
export const pairsFor = (updates) => Math.ceil(updates / MERGE_EVERY) + 1;

function randomName(random) {
  let name = 'James-';
  for (let letters = 0; letters < 8; letters += 1) name += String.fromCharCode(97 + Math.floor(random() * 26));
  return name;
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function createRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
