import { hash, randomBytes } from 'node:crypto';
import { ORGANIZATION_ID } from '../world/shop.mjs';

// The chain of the audit log as the service has it: two hashes and a salt an event. Their texts are shorter than the
// service's own by some names, and nobody verifies them.

/** In the rows of plan-rows.mjs. */
const CHANGES = 10;

const sha256 = (text) => hash('sha256', text, 'hex');

function seal(row) {
  const salt = randomBytes(16).toString('base64url');
  const body = JSON.stringify([...row, sha256(JSON.stringify([salt, row[CHANGES]]))]);
  return { row, salt, body };
}

/** Gives the events their places behind the head that was read, and moves the head. */
export function linkEvents(rows, { position, hash: before }) {
  let last = before;
  rows.insertEvents = rows.insertEvents.map(seal).map(({ row, salt, body }, index) => {
    last = sha256(`${last}${position + index + 1}${body}`);
    return [...row, position + index + 1, last, salt];
  });
  rows.updateHeads.push([ORGANIZATION_ID, position + rows.insertEvents.length, last, position]);
}

/** The events as a database takes them that links them itself. */
export const sealedEvents = (events) => [
  [ORGANIZATION_ID, events.map(seal).map(({ row, salt, body }) => [...row, salt, body])],
];
