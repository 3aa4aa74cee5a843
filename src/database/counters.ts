/** A statement as rate-limiter-flexible writes it. */
export interface CountingStatement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Where all processes count together, in the table `rate_limit`: each statement is a transaction of its own. */
export interface Counters {
  query(statement: CountingStatement): Promise<{ readonly rows: readonly unknown[]; readonly rowCount: number }>;
}
