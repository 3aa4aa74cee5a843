import { SingleBar } from 'cli-progress';
import type { Streams } from './new-command.js';

/** A bar that says what is being done, on a terminal; null elsewhere. To be stopped. */
export function startBar({ stderr }: Streams, doing: string): SingleBar | null {
  if (stderr.isTTY !== true) return null;
  const bar = new SingleBar({
    stream: stderr,
    format: `${doing} {bar} {percentage}%`,
    clearOnComplete: true,
    // Whoever interrupts the command would be left with a terminal that is set so.
    hideCursor: false,
    linewrap: true,
  });
  bar.start(1, 0);
  return bar;
}

export function moveBar(bar: SingleBar, done: number, total: number): void {
  bar.setTotal(total);
  bar.update(Math.min(done, total));
}
