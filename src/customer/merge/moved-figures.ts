import type { Organization } from '../../organization/organization.js';
import { type Figures, isZero, negateFigures, zeroFigures } from '../../points/figures.js';
import type { Account } from '../account.js';
import { namesInOrder } from '../names-in-order.js';
import type { LedgerDraft } from '../plan.js';

/**
 * The pairs of ledger entries that move all figures of `giver` from one customer to another; each pair sums to zero.
 * A program without figures has no entries.
 */
export function movedFigures(
  giver: Pick<Account, 'lifetimePurchases' | 'summaries'>,
  from: number,
  to: number,
  kinds: { readonly out: 'MERGE_OUT' | 'UNDO_OUT'; readonly in: 'MERGE_IN' | 'UNDO_IN' },
  mergeId: string,
  organization: Organization,
): LedgerDraft[] {
  const programs = organization.programs.map(({ id }) => id);
  const moved: (readonly [string | null, Figures])[] = [
    [null, { ...zeroFigures, cumulativePurchases: giver.lifetimePurchases }],
    ...namesInOrder(programs, giver.summaries).map((id) => [id, giver.summaries.get(id) ?? zeroFigures] as const),
  ];
  const entry = (customerId: number, kind: LedgerDraft['kind'], programId: string | null, figures: Figures) => ({
    customerId,
    kind,
    programId,
    rule: null,
    mergeId,
    ...figures,
  });
  return moved
    .filter(([, figures]) => !isZero(figures))
    .flatMap(([programId, figures]) => [
      entry(from, kinds.out, programId, negateFigures(figures)),
      entry(to, kinds.in, programId, figures),
    ]);
}
