import fc, { type IAsyncProperty } from 'fast-check';
import { repeat, soakMinutes, tally } from '../support/soak.js';

const { FUZZ_RUNS, FUZZ_SEED, FUZZ_PATH } = process.env;

/** How often a property is tried: FUZZ_RUNS for a night, else few enough to be tried with every change. */
export const runs = (usual: number): number => Number(FUZZ_RUNS ?? usual);

/** For a night, too. */
export const longest = 12 * 3_600_000;

/** Of a file. They come one after the other, and a soak is to be over for all files at the same time. */
const PROPERTIES = 2;

/**
 * Tries the property, in a soak until its share of the time is over; what it fails with tells first how to repeat it:
 * FUZZ_SEED and FUZZ_PATH.
 */
export const checked = <T>(property: IAsyncProperty<T>, numRuns: number): Promise<void> =>
  repeat(1, () => checkedOnce(property, numRuns), soakMinutes === null ? null : soakMinutes / PROPERTIES);

async function checkedOnce<T>(property: IAsyncProperty<T>, numRuns: number): Promise<void> {
  const found = await fc.check(property, {
    numRuns,
    ...(FUZZ_SEED === undefined ? {} : { seed: Number(FUZZ_SEED) }),
    ...(FUZZ_PATH === undefined ? {} : { path: FUZZ_PATH, endOnFailure: true }),
  });
  tally({ 'fuzzed runs': found.numRuns });
  if (!found.failed) return;
  const { errorInstance, counterexample, counterexamplePath, seed } = found;
  const again = `FUZZ_SEED=${seed} FUZZ_PATH=${counterexamplePath ?? ''}\n${fc.stringify(counterexample).slice(0, 5000)}`;
  throw errorInstance instanceof Error
    ? Object.assign(errorInstance, { message: `${again}\n${errorInstance.message}` })
    : new Error(again);
}
