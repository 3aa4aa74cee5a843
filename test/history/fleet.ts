import { setTimeout as sleep } from 'node:timers/promises';
import type { Service, Workplace } from '../process/service.js';

type Random = (below: number) => number;

/** Processes of the service over one database. Those that are killed are started again. */
export interface Fleet {
  /** One of those that run, by chance; null while there is none. */
  readonly service: (random: Random) => Service | null;
  /** How many have been killed. */
  readonly kills: () => number;
  /** Kills one of them with kill -9 and starts another in its place, now and then, until `isOver`. */
  readonly keepKilling: (random: Random, isOver: () => boolean) => Promise<void>;
  /** Ends all of them by SIGTERM; the lines that they should not have said, or codes that they should not have ended with. */
  readonly stop: () => Promise<string[]>;
}

/** Starts so many processes with the environment. */
export async function startFleet(workplace: Workplace, count: number, launch: Launch): Promise<Fleet> {
  const start = () => workplace.start(launch.env, launch.dist);
  const running: (Service | null)[] = await Promise.all(Array.from({ length: count }, start));
  let kills = 0;

  async function killOne(index: number): Promise<void> {
    const service = running[index];
    running[index] = null;
    service?.child.kill('SIGKILL');
    await service?.exited;
    kills += 1;
    running[index] = await start();
  }

  return {
    service(random) {
      const alive = running.filter((service) => service !== null);
      return alive[random(Math.max(alive.length, 1))] ?? null;
    },
    kills: () => kills,
    async keepKilling(random, isOver) {
      while (!isOver()) {
        await sleep(200 + random(1000));
        if (!isOver()) await killOne(random(running.length));
      }
    },
    async stop() {
      const exits = await Promise.all(running.map((service) => service?.stop()));
      return exits
        .filter((exit) => exit !== undefined)
        .filter(({ code, stderr }) => code !== 0 || stderr !== '')
        .map((exit) => JSON.stringify(exit));
    },
  };
}

interface Launch {
  readonly env: Readonly<Record<string, string>>;
  /** Another dist than the project's own. */
  readonly dist?: string;
}
