import { readFileSync, writeFileSync } from 'node:fs';

/** Linux counts in hundredths of a second, whatever the kernel's own clock. */
const TICKS_A_SECOND = 100;

/** Seconds of CPU that the process has used so far, with all its threads. */
export function cpuSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name before it may hold anything, spaces too.
  const [, , , , , , , , , , , user, system] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(user) + Number(system)) / TICKS_A_SECOND;
}

/** Lets the peak begin anew, so that each measurement has its own. */
export const forgetPeakMemory = (pid) => {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
};

/** MiB that the process has held at most since its start, or since that was forgotten. */
export const peakMemory = (pid) => readStatus(pid, 'VmHWM');

/** MiB that the process holds now. */
export const memory = (pid) => readStatus(pid, 'VmRSS');

function readStatus(pid, name) {
  const [, kibibytes] =
    new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return kibibytes === undefined ? null : Number(kibibytes) / 1024;
}
