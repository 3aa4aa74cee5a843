import type { Socket } from 'node:net';
import type { DataSource } from 'typeorm';

/** Longer than a connection lies in its pool unused. */
const SILENCE_MS = 15_000;

/** A connection as pg has it. */
export interface Connected {
  /** Of the server's process that serves it, as the server has told. */
  readonly processID: number;
  readonly connection: { readonly stream: Socket };
}

/** Opens a pool of one connection, and tells of it. */
type OpenOne = (connected: (client: Connected) => void) => Promise<DataSource>;

/**
 * Ends a connection that the server does not know any more. A machine that is gone, or behind a network that was cut,
 * closes none, and whoever waits for its answer would wait for a quarter of an hour or longer. Where nothing has come
 * or gone on the connection for 15 seconds, the server is asked, by a connection that `open` makes, and again every 15
 * seconds. Where it can't be asked, or somebody in between tells other numbers than the server's (PgBouncer), the
 * connection is left as it is.
 */
export function endWhenForgotten({ processID, connection: { stream } }: Connected, open: OpenOne): void {
  stream.setTimeout(SILENCE_MS).on('timeout', () => {
    const read = stream.bytesRead;
    void isForgotten(processID, open).then((forgotten) => {
      // It may have been answered just now.
      if (forgotten && stream.bytesRead === read) stream.destroy();
      else stream.setTimeout(SILENCE_MS);
    });
  });
}

// Whoever is served has begun something: "idle" is what answers nobody. "idle in transaction" the server ends by itself.
const KNOWN = `SELECT pg_backend_pid() AS own,
  EXISTS (SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND state IS DISTINCT FROM 'idle') AS "isKnown"`;

async function isForgotten(processID: number, open: OpenOne): Promise<boolean> {
  let asking: Connected | null = null;
  try {
    const source = await open((client) => (asking = client));
    try {
      const [{ own, isKnown }] = await source.query<[{ own: number; isKnown: boolean }]>(KNOWN, [processID]);
      return own === (asking as Connected | null)?.processID && !isKnown;
    } finally {
      await source.destroy();
    }
  } catch {
    return false;
  }
}
