import {
  RateLimiterMemory,
  RateLimiterPostgres,
  RateLimiterRes,
  type IRateLimiterOptions,
  type RateLimiterAbstract,
} from 'rate-limiter-flexible';
import type { Counters } from '../database/counters.js';
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
export function createRateLimit(settings: RateLimitSettings, counters: Counters | null): RateLimit | null {
  if (settings.items === 0) return null;
  const options = { points: settings.items, duration: settings.seconds, keyPrefix: 'client' };
  const inMemory = new RateLimiterMemory(options);
  const limiter = counters === null ? inMemory : inDatabase(counters, { ...options, insuranceLimiter: inMemory });
  // The ids in tokens are unique in an organization only.
  return { take: ({ organizationId, id }, items) => take(limiter, `${organizationId}:${id}`, items) };
}

const inDatabase = (
  counters: Counters,
  options: IRateLimiterOptions & { readonly insuranceLimiter: RateLimiterAbstract },
): RateLimiterAbstract =>
  new RateLimiterPostgres({
    ...options,
    storeClient: counters,
    storeType: 'client',
    tableName: 'rate_limit',
    tableCreated: true,
    // A row for each client, and there are not more and more of them.
    clearExpiredByTimeout: false,
  });

/** Of what is left of a while, so much may go by before a refused request has its items back. */
const HANDING_BACK_MS = 1000;

/** What the clocks of two machines may differ by. */
const CLOCKS_DIFFER_MS = 30_000;

async function take(limiter: RateLimiterAbstract, key: string, items: number): Promise<void> {
  const { points: most, duration: seconds } = limiter;
  if (items > most) {
    const takes = `This client may send ${most} items in ${seconds} seconds (RATE_LIMIT_ITEMS), so never ${items} at once`;
    throw rateLimited(takes, seconds);
  }
  try {
    await limiter.consume(key, items);
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    const { msBeforeNext } = refusal;
    if (msBeforeNext > seconds * 1000 + CLOCKS_DIFFER_MS) {
      // It was begun by a clock that was ahead, and would keep the client out until then: a new one begins instead.
      await limiter.set(key, items, seconds);
      return;
    }
    // Later they might be handed back to a while that has just begun.
    if (msBeforeNext > HANDING_BACK_MS) await limiter.reward(key, items);
    const message = `This client has sent as many items as it may in ${seconds} seconds, ${most} (RATE_LIMIT_ITEMS)`;
    throw rateLimited(message, Math.max(1, Math.ceil(msBeforeNext / 1000)));
  }
}
