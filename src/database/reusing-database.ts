import sqlite3, { type Statement } from 'sqlite3';

/** More than the service has; what makes up texts as it goes must not pile them up. */
const MAX_STATEMENTS = 64;

/**
 * What is worth keeping. What changes the schema or a setting is used once; BEGIN and COMMIT are not kept either, since
 * a COMMIT that failed and is kept would hold on to its snapshot.
 */
const IS_REUSABLE = /^\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\b/;

/**
 * A SQLite connection that prepares a statement once and uses it again by its text. sqlite3 by itself prepares and drops
 * it at each call, and waits for its thread and for the event loop twice.
 */
export class ReusingDatabase extends sqlite3.Database {
  private readonly statements = new Map<string, Statement>();

  override run(sql: string, ...rest: unknown[]): this {
    const statement = this.reusable(sql, rest);
    if (statement === null) return super.run(sql, ...rest);
    statement.run(...this.droppingFailed(sql, statement, rest));
    return this;
  }

  override all(sql: string, ...rest: unknown[]): this {
    const statement = this.reusable(sql, rest);
    if (statement === null) return super.all(sql, ...rest);
    statement.all(...this.droppingFailed(sql, statement, rest));
    return this;
  }

  override close(callback?: (error: Error | null) => void): void {
    // SQLite closes no connection that has statements.
    for (const statement of this.statements.values()) statement.finalize();
    this.statements.clear();
    super.close(callback);
  }

  /**
   * The same arguments, with a callback that drops a statement which has failed: one that found the database locked waits
   * to be tried again, and until then keeps its connection at what it saw.
   */
  private droppingFailed(sql: string, statement: Statement, rest: readonly unknown[]): unknown[] {
    const callback = rest.at(-1);
    if (typeof callback !== 'function') return [...rest];
    const { statements } = this;
    return [
      ...rest.slice(0, -1),
      function (this: unknown, error: Error | null, rows?: unknown[]) {
        if (error !== null && statements.get(sql) === statement) {
          statements.delete(sql);
          statement.finalize();
        }
        callback.call(this, error, rows);
      },
    ];
  }

  private reusable(sql: string, rest: readonly unknown[]): Statement | null {
    const known = this.statements.get(sql);
    if (known !== undefined) return known;
    if (this.statements.size >= MAX_STATEMENTS || !IS_REUSABLE.test(sql)) return null;
    const callback = rest.at(-1);
    const statement = this.prepare(sql, (error: Error | null) => {
      if (error !== null) {
        // A call that waits for a statement that can't be prepared is forgotten, its callback too.
        if (typeof callback === 'function') callback.call(statement, error);
      } else if (this.statements.has(sql)) {
        // Another call has prepared the same meanwhile; this one is dropped once it has run.
        statement.finalize();
      } else {
        this.statements.set(sql, statement);
      }
    });
    return statement;
  }
}
