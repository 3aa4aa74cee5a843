/** Items of somebody who may send so many in so many seconds. */
export interface Taking {
  readonly key: string;
  readonly items: number;
  /** At least `items`. */
  readonly most: number;
  readonly seconds: number;
}

/** What each client has sent lately: of one process, or of all together. */
export interface Counters {
  /**
   * Counts the items, and answers null. Where they would be too many it counts none of them, and answers for how many
   * milliseconds more what was counted does.
   */
  take(taking: Taking): Promise<number | null>;
}
