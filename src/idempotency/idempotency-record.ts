import type { Instant } from '../values/instant.js';

/** What a client's key stands for: the input that it came with, and what was answered. */
export interface IdempotencyRecord {
  readonly organizationId: string;
  readonly clientId: string;
  readonly key: string;
  readonly inputHash: string;
  /** The customer that the answer showed; it may have been merged away since. */
  readonly customerId: number;
  /** What was answered, as JSON, without the customer. */
  readonly answer: string;
  readonly createdAt: Instant;
}
