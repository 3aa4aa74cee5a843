import { InTheWay } from './unavailable.js';

/** What the work answers. Throws InTheWay where that takes longer than so many milliseconds: nobody waits for it any more. */
export async function inTime<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new InTheWay(`The database did not answer for ${milliseconds} ms`));
    }, milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
