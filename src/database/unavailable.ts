/** SQLite's word for faults of the machine and of other processes, not of the statement. */
const unavailableCodes = new Set([
  'SQLITE_BUSY',
  'SQLITE_LOCKED',
  'SQLITE_IOERR',
  'SQLITE_FULL',
  'SQLITE_CANTOPEN',
  'SQLITE_READONLY',
  'SQLITE_NOMEM',
  'SQLITE_MISUSE',
  'SQLITE_INTERRUPT',
]);

/** Whether the database itself can't do it now: another try at once, or alone, would fail the same way. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && unavailableCodes.has(code);
}
