import { appendFileSync } from 'node:fs';
import { inject } from 'vitest';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The file that a soak's counts go to; undefined in `npm test`. */
    soakCounts: string | undefined;
  }
}

/** How long each test that soaks goes on; null in `npm test`, where it does a few rounds. */
export const soakMinutes: number | null =
  process.env['SOAK_MINUTES'] === undefined ? null : Number(process.env['SOAK_MINUTES']);

/** A number that is another one in each round of each soak, and in `npm test` always the same. */
const seedOf = (round: number): number => (soakMinutes === null ? round + 1 : Math.floor(Math.random() * 2 ** 31));

/** Runs `rounds` rounds, one after the other; in a soak as many as its minutes have room for, and at least one. */
export async function repeat(
  rounds: number,
  run: (seed: number, round: number) => Promise<void>,
  minutes = soakMinutes,
): Promise<void> {
  const end = performance.now() + (minutes ?? 0) * 60_000;
  const isOver = (done: number): boolean => (minutes === null ? done >= rounds : performance.now() >= end);
  let round = 0;
  do {
    await run(seedOf(round), round);
    round += 1;
  } while (!isOver(round));
}

/** Adds to what a soak says it has done, when it ends. */
export function tally(counts: Readonly<Record<string, number>>): void {
  const file = inject('soakCounts');
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(counts)}\n`);
}
