import { setTimeout as sleep } from 'node:timers/promises';
import type { Service, StartOptions, Workplace } from '../process/service.js';

export type Random = (below: number) => number;

/** Processes of the service over one database. */
export interface Fleet {
  readonly size: number;
  /** One of those that run, by chance; null while there is none. */
  readonly service: (random: Random) => Service | null;
  /** One of them, where it runs. */
  readonly at: (index: number) => Service | null;
  /** Sends it the signal, waits for its end, and starts another in its place; `between`, if there is something to do. */
  readonly replace: (index: number, signal: 'SIGKILL' | 'SIGTERM', between?: () => void) => Promise<void>;
  /** How many have been replaced. */
  readonly replaced: () => number;
  /** Ends all of them by SIGTERM; what any of them should not have logged, said or ended with. */
  readonly stop: () => Promise<string[]>;
}

/** What pino writes for errors, and worse. */
const ERROR = /^\{"level":[56]0,/;

/** Starts so many processes with the environment. */
export async function startFleet(
  workplace: Workplace,
  size: number,
  env: Readonly<Record<string, string>>,
  options: StartOptions = {},
): Promise<Fleet> {
  const start = () => workplace.start(env, options);
  const running: (Service | null)[] = await Promise.all(Array.from({ length: size }, start));
  const wrong: string[] = [];
  let replaced = 0;

  /** What is wrong with what it logged, and how it ended: kill -9 is no fault of its own. */
  async function end(service: Service | null | undefined, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    service?.child.kill(signal);
    const exit = await service?.exited;
    if (exit === undefined) return;
    wrong.push(...exit.stdout.split('\n').filter((line) => ERROR.test(line)));
    if (exit.signal === 'SIGKILL') return;
    if (exit.code !== 0 || exit.stderr !== '') wrong.push(JSON.stringify(exit));
  }

  return {
    size,
    service(random) {
      const alive = running.filter((service) => service !== null);
      return alive[random(Math.max(alive.length, 1))] ?? null;
    },
    at: (index) => running[index] ?? null,
    async replace(index, signal, between) {
      const service = running[index];
      running[index] = null;
      await end(service, signal);
      replaced += 1;
      between?.();
      running[index] = await start();
    },
    replaced: () => replaced,
    async stop() {
      await Promise.all(running.map((service) => end(service, 'SIGTERM')));
      return wrong;
    },
  };
}

/** What is done to a fleet while clients work, until `isOver`. */
export type Disturbance = (fleet: Fleet, random: Random, isOver: () => boolean) => Promise<void>;

/** Ends one of them now and then, and starts another: by kill -9, or as a new release does. */
export const replacing =
  (signal: 'SIGKILL' | 'SIGTERM'): Disturbance =>
  async (fleet, random, isOver) => {
    while (!isOver()) {
      await sleep(200 + random(1000));
      if (!isOver()) await fleet.replace(random(fleet.size), signal);
    }
  };
