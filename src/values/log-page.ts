import type { Instant } from './instant.js';

/** Sequences of logs follow the clock, a thousand for each millisecond: what is told at the instant comes behind this one. */
export const sequenceBefore = (at: Instant): number => at * 1000;

/** A place in a log that is read newest first: after this sequence, and among equal ones after this customer. */
export interface LogPosition {
  readonly sequence: number;
  readonly customerId: number;
}

export interface Page {
  /** At most this many; one more is read, to know whether there is a next page. */
  readonly first: number;
  readonly after: LogPosition | null;
}

/** What was found for a page. */
export interface FoundPage<Row> {
  readonly rows: readonly Row[];
  readonly hasNextPage: boolean;
}
