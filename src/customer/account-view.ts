import type { IdentifierType } from '../values/identifier-type.js';
import type { Account } from './account.js';

/** The accounts of one organization, as a plan sees them: as loaded, with what the items before it did. */
export interface AccountView {
  /** The account itself, live or merged away. */
  findById(id: number): Account | null;
  /** The live customer that the canonical identifier or alias finds. */
  findByIdentifier(type: IdentifierType, value: string): Account | null;
}
