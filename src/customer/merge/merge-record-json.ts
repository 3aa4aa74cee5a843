import type { FieldChange } from '../../audit/field-change.js';
import { mapFigures, type PointsSummary } from '../../points/figures.js';
import { stringifyFigures } from '../../values/decimal.js';
import type { Account, Identifier, SubscriptionKey, SubscriptionState } from '../account.js';
import type { MergedBalance, MergeRecord, SurvivorBefore, VictimBefore } from './merge-record.js';

/** The parts of a merge record that are kept as JSON text. */
export interface MergeRecordJson {
  readonly matchedOn: string;
  readonly changes: string;
  readonly balances: string;
  readonly survivorBefore: string;
  readonly victimBefore: string;
}

/** The parts as they are in memory. */
export type KeptParts = Pick<MergeRecord, 'matchedOn' | 'changes' | 'balances' | 'survivorBefore' | 'victimBefore'>;

export function stringifyMergeRecord(merge: KeptParts): MergeRecordJson {
  return {
    matchedOn: JSON.stringify(merge.matchedOn),
    changes: JSON.stringify(merge.changes),
    balances: stringifyFigures(merge.balances),
    survivorBefore: stringifySide(merge.survivorBefore),
    victimBefore: stringifySide(merge.victimBefore),
  };
}

export const parseMergeRecord = (json: MergeRecordJson): KeptParts => ({
  ...parseMergeAnswer(json),
  survivorBefore: parseSide<SurvivorBefore>(json.survivorBefore),
  victimBefore: parseSide<VictimBefore>(json.victimBefore),
});

/** The parts that are answered, without what only an undo needs. */
export const parseMergeAnswer = (
  json: Pick<MergeRecordJson, 'matchedOn' | 'changes' | 'balances'>,
): Pick<MergeRecord, 'matchedOn' | 'changes' | 'balances'> => ({
  matchedOn: JSON.parse(json.matchedOn) as Identifier[],
  changes: JSON.parse(json.changes) as FieldChange[],
  balances: (JSON.parse(json.balances) as Record<keyof MergedBalance, string>[]).map((balance) => ({
    programId: balance.programId,
    figure: balance.figure,
    survivorBefore: BigInt(balance.survivorBefore),
    victimBefore: BigInt(balance.victimBefore),
    after: BigInt(balance.after),
  })),
});

/** What both sides have that has no JSON of its own. */
type Kept = Pick<Account, 'lifetimePurchases' | 'customFields' | 'extendedFields' | 'subscriptions' | 'summaries'>;

const stringifySide = (side: Kept): string =>
  stringifyFigures({
    ...side,
    customFields: [...side.customFields],
    extendedFields: [...side.extendedFields],
    subscriptions: [...side.subscriptions],
    summaries: [...side.summaries],
  });

type SummaryJson = { [Name in keyof PointsSummary]: PointsSummary[Name] extends bigint ? string : PointsSummary[Name] };

interface KeptJson {
  readonly lifetimePurchases: string;
  readonly customFields: [string, string][];
  readonly extendedFields: [string, string][];
  readonly subscriptions: [SubscriptionKey, SubscriptionState][];
  readonly summaries: [string, SummaryJson][];
}

function parseSide<Side extends Kept>(text: string): Omit<Side, keyof Kept> & Kept {
  const json = JSON.parse(text) as Omit<Side, keyof Kept> & KeptJson;
  return {
    ...json,
    lifetimePurchases: BigInt(json.lifetimePurchases),
    customFields: new Map(json.customFields),
    extendedFields: new Map(json.extendedFields),
    subscriptions: new Map(json.subscriptions),
    summaries: new Map(json.summaries.map(([programId, summary]) => [programId, parseSummary(summary)])),
  };
}

const parseSummary = (summary: SummaryJson): PointsSummary => ({
  ...mapFigures((name) => BigInt(summary[name])),
  slabSerialNumber: summary.slabSerialNumber,
  slabExpiresOn: summary.slabExpiresOn,
});
