import type { StartOptions, Workplace } from '../process/service.js';
import { breachesOf } from './check-history.js';
import { runClients } from './clients.js';
import { customers } from './customers.js';
import { startFleet, type Disturbance } from './fleet.js';
import { randomOf } from './random.js';
import { importShop, readShop } from './world.js';

export const SHOP = '100';

/** A machine that is busy with something else is given the time for so many, whatever the round's milliseconds. */
const LEAST_REQUESTS = 100;

export interface Round {
  readonly url: string;
  readonly seed: number;
  readonly processes: number;
  readonly clients: number;
  /** At least. */
  readonly milliseconds: number;
  readonly disturb?: Disturbance;
  /** Beside what every round has. */
  readonly env?: Readonly<Record<string, string>>;
  readonly options?: StartOptions;
}

export interface RoundResult {
  readonly operations: number;
  readonly unknown: number;
  readonly refused: number;
  readonly merges: number;
  readonly replaced: number;
  /** Answers that no client should get, and what processes said that they should not. */
  readonly faults: string[];
  /** Of the history. */
  readonly breaches: string[];
  /** Of the database, by `npm run verify`. */
  readonly broken: string[];
}

/** A shop of its own, clients that work on it at once while processes are killed, and what is wrong with all that. */
export async function runRound(workplace: Workplace, round: Round): Promise<RoundResult> {
  const { url, seed, milliseconds } = round;
  await importShop(url, SHOP, customers);
  const env = { DATABASE_URL: url, DEMO_DATA: '0', LOG_LEVEL: 'error', ...round.env };
  const fleet = await startFleet(workplace, round.processes, env, round.options);
  const end = performance.now() + milliseconds;
  let requests = 0;
  const isOver = (): boolean => performance.now() >= end && requests >= LEAST_REQUESTS;
  const service: typeof fleet.service = (random) => {
    const found = fleet.service(random);
    if (found !== null) requests += 1;
    return found;
  };
  const [{ operations, faults }] = await Promise.all([
    runClients({ organizationId: SHOP, clients: round.clients, seed, service, isOver }),
    round.disturb?.(fleet, randomOf(seed), isOver),
  ]);
  const stopped = await fleet.stop();
  const { logs, breaches: broken } = await readShop(url, SHOP);
  const writes = operations.filter((operation) => operation.kind === 'write');
  return {
    operations: operations.length,
    unknown: writes.filter(({ outcome }) => outcome.kind === 'unknown').length,
    refused: writes.filter(({ outcome }) => outcome.kind === 'refused' && outcome.code === 'SERVICE_UNAVAILABLE')
      .length,
    merges: logs.flatMap(({ versions }) => versions).filter(({ isLive }) => !isLive).length,
    replaced: fleet.replaced(),
    faults: [...faults, ...stopped],
    breaches: breachesOf({ operations, logs }),
    broken,
  };
}
