import { RateLimiterMemory } from 'rate-limiter-flexible';
import { SET_BACK_MS, type Counters, type Taking } from '../database/counters.js';
import { rateLimited } from '../graphql/caller-error.js';
import type { Caller } from '../organization/caller.js';
import type { RateLimitSettings } from '../settings.js';

type Client = Pick<Caller, 'organizationId' | 'id'>;

/** Holds each client to a number of items in a while. */
export interface RateLimit {
  /** Counts the items as the client's; throws RATE_LIMITED where they would be too many, and counts none of them. */
  take(client: Client, items: number): Promise<void>;
}

/**
 * The rate limit of the settings, null where there is none. With `counters` all processes count together; while those can't
 * be reached, and without them, each counts by itself.
 */
export function createRateLimit(
  { items: most, seconds }: RateLimitSettings,
  counters: Counters | null,
): RateLimit | null {
  if (most === 0) return null;
  const inMemory = countersInMemory(most, seconds);
  const take = (taking: Taking): Promise<number | null> =>
    counters === null ? inMemory.take(taking) : counters.take(taking).catch(() => inMemory.take(taking));
  return {
    async take({ organizationId, id }, items) {
      if (items > most) {
        const takes = `This client may send ${most} items in ${seconds} seconds (RATE_LIMIT_ITEMS), so never ${items} at once`;
        throw rateLimited(takes, seconds);
      }
      // The ids in tokens are unique in an organization only.
      const taking = { key: `client:${organizationId}:${id}`, items, most, seconds };
      const msLeft = await take(taking);
      if (msLeft === null) return;
      const message = `This client has sent as many items as it may in ${seconds} seconds, ${most} (RATE_LIMIT_ITEMS)`;
      throw rateLimited(message, Math.max(1, Math.ceil(msLeft / 1000)));
    },
  };
}

/** One after the other: the library counts what it refuses until that is taken back, and others would be refused for it. */
function countersInMemory(most: number, seconds: number): Counters {
  const limiter = new RateLimiterMemory({ points: most, duration: seconds });
  let last: Promise<unknown> = Promise.resolve();

  async function count({ key, items }: Taking): Promise<number | null> {
    const { consumedPoints = 0, msBeforeNext = 0 } = (await limiter.get(key)) ?? {};
    if (msBeforeNext > seconds * 1000 + SET_BACK_MS) {
      // It was begun by a clock that was ahead, and would keep the client out until then: a new one begins instead.
      await limiter.delete(key);
    } else if (msBeforeNext > 0 && consumedPoints + items > most) return msBeforeNext;
    await limiter.consume(key, items);
    return null;
  }
  return {
    take(taking) {
      const counted = last.then(() => count(taking));
      last = counted.catch(() => undefined);
      return counted;
    },
  };
}
