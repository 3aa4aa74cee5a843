import Database from 'better-sqlite3';
import sqlite3 from 'sqlite3';
import { pragmas, reads, writes } from './statements.mjs';

// Each driver with its statements prepared once.

const statements = { ...reads, ...writes };

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
  const control = { 'BEGIN IMMEDIATE': database.prepare('BEGIN IMMEDIATE'), COMMIT: database.prepare('COMMIT') };
  return {
    exec: (sql) => control[sql].run(),
    all: (name, cells) => prepared[name].all(...cells),
    run: (name, cells) => prepared[name].run(...cells).changes,
  };
}
