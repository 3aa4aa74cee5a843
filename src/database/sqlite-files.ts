import { readFileSync, realpathSync, statSync } from 'node:fs';

/**
 * Answers a check of the files of an open database: it throws, with a code of SQLite's, where one of them was moved,
 * replaced or removed. SQLite itself goes on writing into the old file, where nobody finds it again.
 */
export function watchFiles(path: string): () => void {
  // Of a link, SQLite's log is beside what it leads to.
  const file = realpathSync(path);
  const identities = (): string => [path, `${file}-wal`, `${file}-shm`].map(identityOf).join();
  const opened = identities();
  return () => {
    if (identities() === opened) return;
    // A log that was left beside a copy is written into it by the next start.
    const message =
      'The file of the database, or its -wal or -shm, was moved, replaced or removed: put it back, or restart; ' +
      "where a copy is in its place, stop first, and remove a -wal and -shm that are not the copy's";
    throw Object.assign(new Error(message), { code: 'SQLITE_READONLY' });
  };
}

function identityOf(path: string): string {
  try {
    const { dev, ino } = statSync(path);
    return `${dev}:${ino}`;
  } catch (error) {
    // Not there, or nobody can tell: its folder is no folder any more, or may not be looked into.
    return String((error as NodeJS.ErrnoException).code);
  }
}

/** Where Linux tells what is mounted: the fifth word of each line is where, with these characters by their octal codes. */
const MOUNTS = '/proc/self/mountinfo';
const escaped = (path: string): string =>
  path.replace(/[ \t\n\\]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`);

/** Whether the file is mounted by itself, as into a container: its log would not be where it comes from. */
export function isMountedAlone(path: string): boolean {
  const file = escaped(realpathSync(path));
  try {
    return readFileSync(MOUNTS, 'utf8')
      .split('\n')
      .some((line) => line.split(' ')[4] === file);
  } catch {
    // Another system, which does not tell.
    return false;
  }
}
