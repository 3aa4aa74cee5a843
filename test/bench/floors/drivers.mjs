import Database from 'better-sqlite3';
import pg from 'pg';
import sqlite3 from 'sqlite3';
import { postgresStatements } from '../../../dist/customer/engine/postgres-statements.js';
import { sqliteStatements } from '../../../dist/customer/engine/sqlite-statements.js';
import { pragmas, reads, writes } from './statements.mjs';

// Each driver with its statements prepared once.

const statements = { ...reads, ...writes };
const BEGIN = 'BEGIN IMMEDIATE';

export async function openSqlite3(path) {
  const database = await new Promise((resolve, reject) => {
    const opened = new sqlite3.Database(path, (error) => (error === null ? resolve(opened) : reject(error)));
  });
  const call = (target, method, ...args) =>
    new Promise((resolve, reject) => {
      target[method](...args, function (error, rows) {
        if (error === null) resolve(rows ?? this.changes);
        else reject(error);
      });
    });
  const prepared = new Map();
  const prepare = (sql) => {
    if (!prepared.has(sql)) prepared.set(sql, database.prepare(sql));
    return prepared.get(sql);
  };
  for (const pragma of pragmas) await call(database, 'exec', `PRAGMA ${pragma}`);
  return {
    begin: BEGIN,
    statements: sqliteStatements,
    exec: (sql) => call(prepare(sql), 'run'),
    all: (name, cells) => call(prepare(statements[name]), 'all', cells),
    run: (name, cells) => call(prepare(statements[name]), 'run', cells),
    allSql: (sql, cells) => call(prepare(sql), 'all', cells),
    runSql: (sql, cells) => call(prepare(sql), 'run', cells),
  };
}

export function openBetterSqlite3(path) {
  const database = new Database(path);
  for (const pragma of pragmas) database.pragma(pragma);
  const prepared = Object.fromEntries(Object.entries(statements).map(([name, sql]) => [name, database.prepare(sql)]));
  const control = { [BEGIN]: database.prepare(BEGIN), COMMIT: database.prepare('COMMIT') };
  return {
    begin: BEGIN,
    exec: (sql) => control[sql].run(),
    all: (name, cells) => prepared[name].all(...cells),
    run: (name, cells) => prepared[name].run(...cells).changes,
  };
}

/** One connection. Whoever reads a customer, or the log's head, to change it locks it first, as any program would on PostgreSQL. */
export async function openPostgres(url) {
  pg.defaults.parseInt8 = true;
  const client = new pg.Client(url);
  await client.connect();
  const named = new Map();
  const run = (sql, values) => {
    if (!named.has(sql)) named.set(sql, { name: `s${named.size}`, text: numbered(sql) });
    return client.query({ ...named.get(sql), values });
  };
  const locking = (name) => [name, `${statements[name]} FOR UPDATE`];
  const lockingReads = { ...statements, ...Object.fromEntries(['customer', 'head'].map(locking)) };
  return {
    begin: 'BEGIN',
    statements: postgresStatements,
    exec: (sql) => client.query(sql),
    all: async (name, cells) => (await run(lockingReads[name], cells)).rows,
    run: async (name, cells) => (await run(statements[name], cells)).rowCount,
    allSql: async (sql, cells) => (await run(sql, cells)).rows,
    runSql: async (sql, cells) => (await run(sql, cells)).rowCount,
  };
}

/** With $1, $2 … for each ?, of which the service's own statements have none. */
function numbered(sql) {
  let position = 0;
  return sql.replace(/\?/g, () => `$${(position += 1)}`);
}
