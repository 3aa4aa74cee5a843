import { databaseKind } from './test-database.js';

/** What a trigger does, in the words of each database. */
const bodies = {
  sqlite: {
    fail: `SELECT RAISE(ABORT, 'poison')`,
    // As long as two million rows take: some tenths of a second.
    wait: `SELECT max(x) FROM (WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 2000000)
             SELECT x FROM c)`,
  },
  postgres: { fail: `RAISE EXCEPTION 'poison'`, wait: 'PERFORM pg_sleep(0.3)' },
} as const;

/**
 * The statement that makes the database fail (with the message `poison`), wait, or run a statement, at a kind of write:
 * `AFTER UPDATE ON customer WHEN NEW.id = 3`.
 */
export function createTrigger(name: string, at: string, does: 'fail' | 'wait' | { readonly run: string }): string {
  const kind = databaseKind();
  const body = typeof does === 'string' ? bodies[kind][does] : does.run;
  if (kind === 'sqlite') return `CREATE TRIGGER ${name} ${at} BEGIN ${body}; END`;
  const [event = '', condition] = at.split(' WHEN ');
  return `CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql
      AS $$ BEGIN ${body}; RETURN coalesce(NEW, OLD); END $$;
    CREATE TRIGGER ${name} ${event} FOR EACH ROW ${condition === undefined ? '' : `WHEN (${condition})`}
      EXECUTE FUNCTION ${name}()`;
}

/** The statement that takes it back, if it is there. */
export const dropTrigger = (name: string): string =>
  ({
    sqlite: `DROP TRIGGER IF EXISTS ${name}`,
    postgres: `DROP FUNCTION IF EXISTS ${name} CASCADE`,
  })[databaseKind()];
