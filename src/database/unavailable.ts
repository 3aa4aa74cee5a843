import { QueryFailedError } from 'typeorm';

/** SQLite's word for faults of the machine and of other processes, not of the statement. */
const sqliteCodes = new Set([
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

/**
 * PostgreSQL's: no connection (08), out of resources (53), stopped by somebody or by the time (57), its disk (58); a
 * server that only reads, as one that is no longer the primary; a transaction that took too long (25P03, 25P04), a lock
 * that did (55P03), as the database's own settings have it; others who were in the way (40001, 40P01).
 */
const postgresCodes = /^(?:(?:08|53|57|58)...|25006|25P0[34]|55P03|40001|40P01)$/;

/** PostgreSQL's and SQLite's: a page of a table or of an index is damaged, of SQLite's also where the disk can't read it (EIO). */
const damageCodes = /^(?:XX00[12]|SQLITE_CORRUPT)$/;

/**
 * Of these, those after which the next try may succeed at once: a connection that was lost or can't be made (08), or
 * was ended by somebody, by a crash, by a server that starts, for being idle (57P05); a statement that was ended
 * because it and another waited for each other.
 */
const postgresPassingCodes = /^(?:08...|57P0[1235]|40001|40P01)$/;

/**
 * PostgreSQL's where it refuses a connection: another password, or a role that may not log in (28), no database of that
 * name (3D000), none that the role may connect to (42501). A statement may fail with the last one too; TypeORM wraps it
 * then.
 */
const notLetIn = /^(?:28...|3D000|42501)$/;

/** Node's: where the other side of a connection is not there, or gone, or this side has no file or port left for one. */
const networkCodes =
  /^(?:E(?:CONN\w+|PIPE|TIMEDOUT|HOST(?:UNREACH|DOWN)|NET(?:UNREACH|DOWN)|NOTFOUND|[MN]FILE|ADDRNOTAVAIL|NOBUFS)|EAI_\w+)$/;

/** Node's: where the other side's certificate is not one to trust, such as one that has expired, or it speaks no TLS that we do. */
const tlsCodes = /^(?:ERR_(?:TLS|SSL)_\w+|CERT_\w+|UNABLE_TO_\w+|\w*SELF_SIGNED_CERT\w*)$/;

/** What pg says without any code, and TypeORM of a connection that pg has given up. */
const lostConnection =
  /^(?:Error: )?(?:Connection terminated|Client (?:was closed|has encountered)|timeout exceeded when trying to connect|Query runner already released|Query read timeout|The server does not support SSL)/;

/** Others were in the way, for too long or too often; nothing of it was stored, and another time may do better. */
export class InTheWay extends Error {}

/** The connection was lost before the end; nothing of it was stored. */
export class ConnectionLost extends Error {
  constructor(cause: unknown) {
    super('The connection to the database was lost', { cause });
  }
}

/** The connection was lost, or the disk failed, while the commit was under way: all of it is stored, or nothing. */
export class CommitUnknown extends Error {
  constructor(cause: unknown) {
    super('The database was lost during the commit: it is not known whether it was stored', {
      cause,
    });
  }
}

/** Whether the database itself can't do it now, however right the statement was. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof InTheWay || error instanceof ConnectionLost || error instanceof CommitUnknown) return true;
  const { code } = error as { code?: unknown };
  if (typeof code !== 'string') return lostConnection.test(error.message);
  if (notLetIn.test(code)) return !(error instanceof QueryFailedError);
  return (
    [postgresCodes, damageCodes, networkCodes, tlsCodes].some((codes) => codes.test(code)) || sqliteCodes.has(code)
  );
}

/** Whether of several requests it may be one only that fails so, for what it needs: what is damaged, or was broken by hand. */
export function mayBeOfOne(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return (typeof code === 'string' && damageCodes.test(code)) || !isDatabaseUnavailable(error);
}

/** Whether it has to do with this try alone: another may do at once, for what is safe to do again. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  if (typeof code !== 'string') return lostConnection.test(error.message);
  return postgresPassingCodes.test(code) || networkCodes.test(code);
}

/** SQLite's: the statement was refused for what is stored. Nothing of it is, and its transaction goes on. */
export const isConstraint = (error: unknown): boolean =>
  error instanceof Error && (error as { code?: unknown }).code === 'SQLITE_CONSTRAINT';
