/** Items of somebody who may send so many in so many seconds. */
export interface Taking {
  readonly key: string;
  readonly items: number;
  /** At least `items`. */
  readonly most: number;
  readonly seconds: number;
}

/** Where all processes count together. */
export interface Counters {
  /**
   * Counts the items, and answers null. Where they would be too many it counts none of them, and answers for how many
   * milliseconds more what was counted does.
   */
  take(taking: Taking): Promise<number | null>;
}

/** What a clock may have been set back by, without a new while. One that ends later still was begun by a clock that was ahead. */
export const SET_BACK_MS = 30_000;
