import { isZero, mapFigures, zeroFigures, type Figures } from '../../points/figures.js';
import { LedgerKind, type LedgerEntry } from '../../points/ledger.js';
import type { Organization } from '../../organization/organization.js';
import { sequenceBefore } from '../../values/log-page.js';
import type { Account } from '../account.js';

/**
 * The ledger entries that open an imported customer's figures: one for each program, in the organization's order, then
 * one for lifetimePurchases. A figure of zero needs none. Sequences begin at the time of the import, so that whatever
 * happens to the customer later comes after them.
 */
export function openingEntries(account: Account, organization: Organization): LedgerEntry[] {
  const openings: { programId: string | null; figures: Figures }[] = organization.programs.flatMap(({ id }) => {
    const figures = account.summaries.get(id);
    return figures === undefined ? [] : [{ programId: id, figures }];
  });
  openings.push({ programId: null, figures: { ...zeroFigures, cumulativePurchases: account.lifetimePurchases } });
  return openings
    .filter(({ figures }) => !isZero(figures))
    .map(({ programId, figures }, index) => ({
      organizationId: account.organizationId,
      customerId: account.id,
      sequence: sequenceBefore(account.updatedOn) + index + 1,
      at: account.updatedOn,
      kind: LedgerKind.OPENING,
      programId,
      rule: null,
      mergeId: null,
      ...mapFigures((name) => figures[name]),
    }));
}
