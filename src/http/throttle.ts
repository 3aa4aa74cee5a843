import { hash } from 'node:crypto';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import { rateLimited } from '../graphql/caller-error.js';
import type { Outcome } from './authenticate.js';

/** Who tries: an address, and where it says so, as which client. */
export interface Sender {
  readonly address: string;
  readonly client: string | null;
}

/** Has credentials checked, unless their sender was wrong too often: then it throws RATE_LIMITED (HTTP 429). */
export type Throttled = (sender: Sender, check: () => Promise<Outcome>) => Promise<Outcome>;

const WINDOW_SECONDS = 60;
/** So many times more of one address, for all clients together: many may send from one. */
const ADDRESS_FACTOR = 10;
/** Of an id's hash, in hexadecimal: however many ids somebody thinks of, an address has 65,536 counts at most. */
const DIGITS = 4;

/**
 * Counts wrong credentials for each address and client, and for each address. After `max` for a client within a minute
 * none for it are looked at, not even right ones; of an address that has sent too many only wrong ones are refused, so
 * that nobody can keep out others who share it. Right ones neither count nor give anything back. 0 is no limit.
 */
export function createThrottle(max: number): Throttled {
  if (max === 0) return (_sender, check) => check();
  const byClient = new RateLimiterMemory({ points: max, duration: WINDOW_SECONDS });
  const byAddress = new RateLimiterMemory({ points: max * ADDRESS_FACTOR, duration: WINDOW_SECONDS });

  return async ({ address, client }, check) => {
    const network = hashOf(networkOf(address));
    const own = client === null ? null : `${network} ${hashOf(client).slice(0, DIGITS)}`;
    if (own !== null) refuseFrom(max, await byClient.get(own));
    const outcome = await check();
    if (outcome === 'WRONG') {
      const counted = [own === null ? null : await byClient.penalty(own), await byAddress.penalty(network)] as const;
      refuseFrom(max + 1, counted[0]);
      refuseFrom(byAddress.points + 1, counted[1]);
    } else if (own !== null) {
      // Others may have been wrong in the meantime. Then the right ones are refused like the wrong: no answer tells which.
      refuseFrom(max, await byClient.get(own));
    }
    return outcome;
  };
}

/** Nothing that was sent itself: a part of a header would keep all of it for the minute. */
const hashOf = (text: string): string => hash('sha256', text, 'hex');

function refuseFrom(count: number, found: RateLimiterRes | null): void {
  if (found === null || found.msBeforeNext <= 0 || found.consumedPoints < count) return;
  // Never longer than a minute, which is measured by itself: a clock that was set back would say so.
  const seconds = Math.min(WINDOW_SECONDS, Math.max(1, Math.ceil(found.msBeforeNext / 1000)));
  throw rateLimited('Too many wrong credentials were sent from here; try again later', seconds);
}

/** What one sender has: an address of IPv4, of IPv6 the first half, since the other one he chooses himself. */
export function networkOf(sender: string): string {
  const address = withoutPort(sender);
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? [];
  if (mapped !== undefined) return mapped;
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const behind = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - groups.length - behind.length)).fill('0');
  return [...groups, ...zeros, ...behind].slice(0, 4).join(':');
}

/** Some balancers say the port too: 192.0.2.1:61234, [2001:db8::1]:61234. */
function withoutPort(sender: string): string {
  const [, v4, v6] = /^(?:(\d+\.\d+\.\d+\.\d+):\d+|\[(.+)\](?::\d+)?)$/.exec(sender) ?? [];
  return v4 ?? v6 ?? sender;
}
