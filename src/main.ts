import { mkdirSync, rmSync, writeFileSync } from 'node:fs';

// The process. A start that fails says why on stderr and exits with 1. SIGTERM and SIGINT let what is under way finish
// and exit with 0; a second one changes nothing.

// Whoever read the output may be gone, as when a pipe behind it is stopped first: no reason to drop what is under way.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);
markRunning();
const stop = requestedStop();
// Loading everything else takes a second, in which a signal would still end the process as a failure.
const { run } = await import('./run.js');
process.exit(await run(stop));

/** Aborted by the first signal to stop. */
function requestedStop(): AbortSignal {
  const stopping = new AbortController();
  const abort = () => {
    stopping.abort();
  };
  // Listening on, not once: without a listener a second signal would end the process.
  process.on('SIGTERM', abort).on('SIGINT', abort);
  return stopping.signal;
}

/** Leaves a mark beside this file as long as the process lives, so that no build changes the code under it. */
function markRunning(): void {
  const marks = new URL('.running/', import.meta.url);
  const mark = new URL(String(process.pid), marks);
  try {
    mkdirSync(marks, { recursive: true });
    // Every user may write there: no link that somebody left by this name is followed to another file.
    writeFileSync(mark, '', { flag: 'wx' });
  } catch {
    // A mark is there, or a dist that is only read, as in an image: no build changes it either.
    return;
  }
  process.on('exit', () => {
    rmSync(mark, { force: true });
  });
}
