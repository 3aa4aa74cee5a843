import type { EntityManager } from 'typeorm';
import { figureNames, loyaltyPoints, zeroFigures, type FigureName } from '../../points/figures.js';
import type { Thousandths } from '../../values/decimal.js';
import type { Account } from '../account.js';
import { parseMergeRecord } from '../merge/merge-record-json.js';
import type { MergedBalance } from '../merge/merge-record.js';
import { reasonWith, type Breach } from './breach.js';
import { figurePath } from './figure-columns.js';
import { findLedgerSums, type LedgerSum, type Part } from './merge-ledger.js';
import type { StoredMerge } from './merge-pages.js';

// Invariant 2 of "What must always hold", merge by merge.

/** Merges whose ledger entries, balances and sides do not say the same. */
export async function* mergeFigureBreaches(
  manager: EntityManager,
  merges: readonly StoredMerge[],
): AsyncGenerator<Breach> {
  const sums = await findLedgerSums(manager, merges);
  for (const merge of merges) {
    const { organizationId, mergeId } = merge;
    const own = sums.filter((sum) => sum.organizationId === organizationId && sum.mergeId === mergeId);
    for (const reason of reasonsOf(merge, own)) yield { organizationId, mergeId, reason };
  }
}

/** One figure of a merge, as each place has it that tells of it. */
interface MergedFigure {
  readonly path: string;
  readonly balance: Pick<MergedBalance, 'survivorBefore' | 'victimBefore'>;
  /** Null in a program that the victim had not: the merge changed nothing there, and the record has it not. */
  readonly survivorBefore: Thousandths | null;
  readonly victimBefore: Thousandths;
  readonly survivor: Readonly<Record<Part, Thousandths>>;
  readonly victim: Readonly<Record<Part, Thousandths>>;
}

type FiguresOfSide = Pick<Account, 'lifetimePurchases' | 'summaries'>;
type MergeSides = Pick<ReturnType<typeof parseMergeRecord>, 'balances' | 'survivorBefore' | 'victimBefore'>;

function reasonsOf(merge: StoredMerge, sums: readonly LedgerSum[]): string[] {
  let record: MergeSides;
  try {
    record = parseMergeRecord(merge);
  } catch {
    return ['its record cannot be read'];
  }
  const figures = mergedFigures(merge, record, sums);
  return [
    reasonWith('survivorBefore and victimBefore do not add up to after', unequalBalances(record)),
    reasonWith('balances are not those of the sides that an undo restores', [
      ...figures.filter(isUnlikeSides).map(({ path }) => path),
      ...unlikeLoyaltyPoints(record),
    ]),
    ...ledgerFaults(merge.undoneAt !== null).map(({ reason, isAtFault }) =>
      reasonWith(
        reason,
        figures.filter(isAtFault).map(({ path }) => path),
      ),
    ),
  ].flat();
}

const pathOf = ({ programId, figure }: Pick<MergedBalance, 'programId' | 'figure'>): string =>
  programId === null ? figure : `pointsSummaries.${programId}.${figure}`;

const unequalBalances = ({ balances }: MergeSides): string[] =>
  balances.filter(({ survivorBefore, victimBefore, after }) => survivorBefore + victimBefore !== after).map(pathOf);

const isUnlikeSides = ({ balance, survivorBefore, victimBefore }: MergedFigure): boolean =>
  (survivorBefore !== null && balance.survivorBefore !== survivorBefore) || balance.victimBefore !== victimBefore;

/** A record may tell of loyaltyPoints too, which no ledger entry has: they follow from the other figures. */
function unlikeLoyaltyPoints({ balances, survivorBefore, victimBefore }: MergeSides): string[] {
  const pointsOf = ({ summaries }: FiguresOfSide, programId: string | null): Thousandths =>
    loyaltyPoints(summaries.get(programId ?? '') ?? zeroFigures);
  return balances
    .filter(
      ({ programId, figure, ...balance }) =>
        figure === 'loyaltyPoints' &&
        (balance.victimBefore !== pointsOf(victimBefore, programId) ||
          (victimBefore.summaries.has(programId ?? '') &&
            balance.survivorBefore !== pointsOf(survivorBefore, programId))),
    )
    .map(pathOf);
}

interface FigureFault {
  readonly reason: string;
  readonly isAtFault: (figure: MergedFigure) => boolean;
}

const isPair = (part: Part, { survivor, victim }: MergedFigure): boolean => survivor[part] + victim[part] === 0n;

function ledgerFaults(isUndone: boolean): FigureFault[] {
  return [
    {
      reason: 'balances are not what the ledger had before the merge',
      isAtFault: ({ balance, survivor, victim }) =>
        balance.survivorBefore !== survivor.BEFORE || balance.victimBefore !== victim.BEFORE,
    },
    {
      reason: 'MERGE_OUT and MERGE_IN entries do not sum to zero',
      isAtFault: (figure) => !isPair('MERGE', figure),
    },
    {
      reason: 'MERGE_IN entries are not what the balances say',
      isAtFault: (figure) => isPair('MERGE', figure) && figure.survivor.MERGE !== figure.balance.victimBefore,
    },
    {
      reason: 'UNDO_OUT and UNDO_IN entries do not sum to zero',
      isAtFault: (figure) => !isPair('UNDO', figure),
    },
    {
      reason: isUndone ? 'UNDO_IN entries are not what the balances say' : 'UNDO entries, though the merge stands',
      isAtFault: (figure) =>
        isPair('UNDO', figure) && figure.victim.UNDO !== (isUndone ? figure.balance.victimBefore : 0n),
    },
  ];
}

/** Each figure of each program that any of the places names, and lifetimePurchases; what a place leaves out is zero. */
function mergedFigures(
  { survivorId, victimId }: StoredMerge,
  { balances, survivorBefore, victimBefore }: MergeSides,
  sums: readonly LedgerSum[],
): MergedFigure[] {
  const programIds = new Set<string | null>([
    null,
    ...balances.map(({ programId }) => programId),
    ...survivorBefore.summaries.keys(),
    ...victimBefore.summaries.keys(),
    ...sums.map(({ programId }) => programId),
  ]);
  const isMoved = (programId: string | null): boolean => programId === null || victimBefore.summaries.has(programId);
  return [...programIds].flatMap((programId) =>
    figureNames.map((figure): MergedFigure => {
      const path = figurePath(programId, figure);
      const name = programId === null ? path : figure;
      const balance = balances.find((one) => one.programId === programId && one.figure === name);
      return {
        path,
        balance: balance ?? { survivorBefore: 0n, victimBefore: 0n },
        survivorBefore: isMoved(programId) ? figureOf(survivorBefore, programId, figure) : null,
        victimBefore: figureOf(victimBefore, programId, figure),
        survivor: partsOf(survivorId, programId, figure, sums),
        victim: partsOf(victimId, programId, figure, sums),
      };
    }),
  );
}

function figureOf(side: FiguresOfSide, programId: string | null, figure: FigureName): Thousandths {
  if (programId !== null) return side.summaries.get(programId)?.[figure] ?? 0n;
  return figure === 'cumulativePurchases' ? side.lifetimePurchases : 0n;
}

function partsOf(
  customerId: number,
  programId: string | null,
  figure: FigureName,
  sums: readonly LedgerSum[],
): Record<Part, Thousandths> {
  const sumOf = (part: Part): Thousandths =>
    sums.find((sum) => sum.customerId === customerId && sum.programId === programId && sum.part === part)?.figures[
      figure
    ] ?? 0n;
  return { MERGE: sumOf('MERGE'), UNDO: sumOf('UNDO'), BEFORE: sumOf('BEFORE') };
}
