import type { Counters, Taking } from '../database/counters.js';
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
  const inMemory = countersInMemory();
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

interface While {
  items: number;
  /** By a clock that nobody sets, in milliseconds. */
  readonly end: number;
}

/** Counts at once, as the database does: another request in the same turn must not be refused for what is refused itself. */
function countersInMemory(): Counters {
  const whiles = new Map<string, While>();

  function begin(key: string, milliseconds: number): While {
    const begun = { items: 0, end: performance.now() + milliseconds };
    whiles.set(key, begun);
    setTimeout(() => {
      if (whiles.get(key) === begun) whiles.delete(key);
    }, milliseconds).unref();
    return begun;
  }
  return {
    take({ key, items, most, seconds }) {
      const now = performance.now();
      const last = whiles.get(key);
      const own = last !== undefined && last.end > now ? last : begin(key, seconds * 1000);
      if (own.items + items > most) return Promise.resolve(own.end - now);
      own.items += items;
      return Promise.resolve(null);
    },
  };
}
