import type { Workplace } from '../process/service.js';
import { breachesOf } from './check-history.js';
import { runClients } from './clients.js';
import { customers } from './customers.js';
import { startFleet } from './fleet.js';
import { randomOf } from './random.js';
import { importShop, readShop } from './world.js';

export interface Round {
  readonly url: string;
  readonly organizationId: string;
  readonly seed: number;
  readonly processes: number;
  readonly clients: number;
  readonly milliseconds: number;
  readonly kills: boolean;
  /** Another dist than the project's own. */
  readonly dist?: string;
}

export interface RoundResult {
  readonly operations: number;
  readonly unknown: number;
  readonly merges: number;
  readonly kills: number;
  /** Answers that no client should get, and what processes said that they should not. */
  readonly faults: string[];
  /** Of the history. */
  readonly breaches: string[];
  /** Of the database, by `npm run verify`. */
  readonly broken: string[];
}

/** A shop of its own, clients that work on it at once while processes are killed, and what is wrong with all that. */
export async function runRound(workplace: Workplace, round: Round): Promise<RoundResult> {
  const { url, organizationId, seed, milliseconds, dist } = round;
  await importShop(url, organizationId, customers);
  const env = { DATABASE_URL: url, DEMO_DATA: '0', LOG_LEVEL: 'silent' };
  const fleet = await startFleet(workplace, round.processes, { env, ...(dist === undefined ? {} : { dist }) });
  const end = performance.now() + milliseconds;
  const isOver = (): boolean => performance.now() >= end;
  const { service } = fleet;
  const [{ operations, faults }] = await Promise.all([
    runClients({ organizationId, clients: round.clients, seed, service, isOver }),
    round.kills ? fleet.keepKilling(randomOf(seed), isOver) : null,
  ]);
  const stopped = await fleet.stop();
  const { logs, breaches: broken } = await readShop(url, organizationId);
  const writes = operations.filter((operation) => operation.kind === 'write');
  return {
    operations: operations.length,
    unknown: writes.filter(({ outcome }) => outcome.kind === 'unknown').length,
    merges: logs.flatMap(({ versions }) => versions).filter(({ isLive }) => !isLive).length,
    kills: fleet.kills(),
    faults: [...faults, ...stopped],
    breaches: breachesOf({ operations, logs }),
    broken,
  };
}
