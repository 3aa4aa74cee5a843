import type { Instant } from '../values/instant.js';
import type { Figures } from './figures.js';

export const LedgerKind = {
  OPENING: 'OPENING',
  AWARD: 'AWARD',
  MERGE_OUT: 'MERGE_OUT',
  MERGE_IN: 'MERGE_IN',
  UNDO_OUT: 'UNDO_OUT',
  UNDO_IN: 'UNDO_IN',
} as const;
export type LedgerKind = (typeof LedgerKind)[keyof typeof LedgerKind];

/** One change of a program's figures, or, where programId is null, of lifetimePurchases (as cumulativePurchases). */
export interface LedgerEntry extends Figures {
  readonly organizationId: string;
  readonly customerId: number;
  readonly sequence: number;
  readonly at: Instant;
  readonly kind: LedgerKind;
  readonly programId: string | null;
  readonly rule: string | null;
  readonly mergeId: string | null;
}
