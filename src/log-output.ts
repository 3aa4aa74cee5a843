import { write, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a log is written by. */
export interface LogOutput {
  /** Takes a line, which ends with a line feed. Never throws, and waits for nobody. */
  write(line: string): void;
  /**
   * To be waited for before `process.exit`: resolves when no write is under way any more, after half a second at the latest.
   * Lines that come then are left to the end of the process.
   */
  settled(): Promise<void>;
}

/** A write for each line would cost more than the line. */
const PIECE_BYTES = 4096;
/** As long as a line may wait to be written, and until what failed is tried again. */
const LATEST_MS = 250;
/** Whoever reads a pipe takes what is in it at his own pace. */
const FULL_PIPE_MS = 10;
const MOST_BYTES = 16 * 2 ** 20;
/** How long the end of the process waits for somebody who does not read. */
const LONGEST_END_MS = 500;

/**
 * Writes lines to a file descriptor, several at a time. Where they can't be written (a full disk, a pipe that nobody reads),
 * they wait, 16 MiB of them, and what is more is lost; `tellLost` is told how many when the others have gone. The end of the
 * process writes what is left, as far as that can be done in half a second.
 */
export function createLogOutput(descriptor: number, tellLost: (lines: number) => void): LogOutput {
  let lines: string[] = [];
  let bytes = 0;
  let lost = 0;
  /** Of what was begun, what has not been written yet. */
  let piece = Buffer.alloc(0);
  let isWriting = false;
  /** What could not be written waits to be tried again. */
  let isWaiting = false;
  let isEnding = false;
  let tellSettled = (): void => undefined;

  function take(): boolean {
    if (piece.length === 0) {
      piece = Buffer.from(lines.join(''));
      lines = [];
    }
    return piece.length > 0;
  }

  function wrote(count: number): void {
    piece = piece.subarray(count);
    bytes -= count;
  }

  function begin(): void {
    if (isWriting || isWaiting || isEnding || !take()) return;
    isWriting = true;
    write(descriptor, piece, (error, count) => {
      isWriting = false;
      if (error === null) {
        wrote(count);
        if (piece.length > 0 || bytes >= PIECE_BYTES) begin();
        else if (lost > 0) tellLost(takeLost());
      } else {
        isWaiting = true;
        setTimeout(again, error.code === 'EAGAIN' ? FULL_PIPE_MS : LATEST_MS).unref();
      }
      if (isEnding) tellSettled();
    });
  }

  function again(): void {
    isWaiting = false;
    begin();
  }

  function takeLost(): number {
    const before = lost;
    lost = 0;
    return before;
  }

  async function settled(): Promise<void> {
    isEnding = true;
    if (!isWriting) return;
    const over = new Promise<void>((resolve) => (tellSettled = resolve));
    await Promise.race([over, sleep(LONGEST_END_MS)]);
  }

  function end(): void {
    // How much of it is written nobody can tell any more: the rest would not be in order.
    if (isWriting) return;
    const last = performance.now() + LONGEST_END_MS;
    while (take() && performance.now() < last) {
      try {
        wrote(writeSync(descriptor, piece));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_PIPE_MS);
      }
    }
  }

  setInterval(begin, LATEST_MS).unref();
  process.on('exit', end);
  return {
    write(line) {
      const length = Buffer.byteLength(line);
      if (bytes + length > MOST_BYTES) {
        lost += 1;
        return;
      }
      lines.push(line);
      bytes += length;
      if (bytes >= PIECE_BYTES) begin();
    },
    settled,
  };
}
