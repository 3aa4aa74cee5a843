import type { ChangeRule, FieldChange } from '../../audit/field-change.js';
import type { FieldKind, Organization } from '../../organization/organization.js';
import { addFigures, figureNames, type PointsSummary, zeroFigures } from '../../points/figures.js';
import { identifierTypes } from '../../values/identifier-type.js';
import type { Account, FieldValues, Identifier } from '../account.js';
import { accountChanges, sortAliases, type ValueChange, withRules } from '../account-changes.js';
import { areFiguresWithinBounds } from '../figure-bounds.js';
import { namesInOrder } from '../names-in-order.js';
import type { MergedBalance, SurvivorBefore } from './merge-record.js';
import { survivorBefore } from './sides-before.js';

/** What one merge makes of both sides. Versions and times are the update's to set. */
export interface PlannedMerge {
  readonly survivor: Account;
  /** The victim as a tombstone. */
  readonly victim: Account;
  /** What this merge alone does to the survivor, and by which rule. */
  readonly changes: readonly FieldChange[];
  /** survivorBefore + victimBefore = after, for each figure: the proof that nothing was lost. */
  readonly balances: readonly MergedBalance[];
  /** What an undo of it will have to know of the survivor. */
  readonly survivorBefore: SurvivorBefore;
  /** False where a sum is outside Decimal's bounds: such a merge must not happen. */
  readonly isWithinBounds: boolean;
}

/**
 * The rule table of the behaviour page ("Merge"): the survivor takes what the victim has, the victim becomes a tombstone
 * that points to it. Pure; `mergeId` marks the subscriptions and the fraud status that the merge sets, until a request
 * names them.
 */
export function planMerge(
  survivor: Account,
  victim: Account,
  mergeId: string,
  organization: Organization,
): PlannedMerge {
  const merged: Account = {
    ...survivor,
    ...mergeIdentifiers(survivor, victim),
    mergedIds: [...survivor.mergedIds, victim.id, ...victim.mergedIds],
    firstname: survivor.firstname ?? victim.firstname,
    lastname: survivor.lastname ?? victim.lastname,
    associatedWith: survivor.associatedWith ?? victim.associatedWith,
    ...mergeRegistration(survivor, victim),
    ...(victim.fraudStatus === 'CONFIRMED' && survivor.fraudStatus === 'NONE'
      ? { fraudStatus: 'CONFIRMED', fraudMergeId: mergeId }
      : {}),
    customFields: mergeFields('CUSTOM', survivor.customFields, victim.customFields, organization),
    extendedFields: mergeFields('EXTENDED', survivor.extendedFields, victim.extendedFields, organization),
    subscriptions: mergeSubscriptions(survivor, victim, mergeId),
    summaries: mergeSummaries(survivor, victim),
    lifetimePurchases: survivor.lifetimePurchases + victim.lifetimePurchases,
    rewardsHad: new Set([...survivor.rewardsHad, ...victim.rewardsHad]),
  };
  return {
    survivor: merged,
    victim: tombstone(victim, survivor.id),
    changes: withRules(accountChanges(survivor, merged, organization), (change) => ruleOf(change, survivor, victim)),
    balances: balancesOf(survivor, victim, merged, organization),
    survivorBefore: survivorBefore(survivor, merged, victim),
    isWithinBounds: areFiguresWithinBounds(merged),
  };
}

/** No identifiers, no balances, a pointer to the survivor. */
function tombstone(victim: Account, survivorId: number): Account {
  return {
    ...victim,
    mergedInto: survivorId,
    mergedIds: [],
    identifiers: { MOBILE: null, EMAIL: null, EXTERNAL_ID: null },
    aliases: [],
    lifetimePurchases: 0n,
    summaries: new Map(),
  };
}

function mergeIdentifiers(survivor: Account, victim: Account): Pick<Account, 'identifiers' | 'aliases'> {
  const identifiers = { ...survivor.identifiers };
  const aliases: Identifier[] = [...survivor.aliases, ...victim.aliases];
  for (const type of identifierTypes) {
    const value = victim.identifiers[type];
    if (value === null) continue;
    if (identifiers[type] === null) identifiers[type] = value;
    else aliases.push({ type, value });
  }
  return { identifiers, aliases: sortAliases(aliases) };
}

/** Of equal dates, or where neither side has one, the survivor's counts as the earlier. */
function isVictimsRegistrationEarlier(survivor: Account, victim: Account): boolean {
  if (victim.registeredOn === null) return false;
  return survivor.registeredOn === null || victim.registeredOn < survivor.registeredOn;
}

function mergeRegistration(survivor: Account, victim: Account): Pick<Account, 'registeredOn' | 'registeredTill'> {
  return isVictimsRegistrationEarlier(survivor, victim)
    ? { registeredOn: victim.registeredOn, registeredTill: victim.registeredTill ?? survivor.registeredTill }
    : { registeredOn: survivor.registeredOn, registeredTill: survivor.registeredTill ?? victim.registeredTill };
}

function mergeFields(
  kind: FieldKind,
  survivor: FieldValues,
  victim: FieldValues,
  { rules }: Organization,
): FieldValues {
  if (victim.size === 0 || rules.mergeSkips[kind]) return survivor;
  const victimWins = kind === 'EXTENDED' && rules.mergeOverwritesExtendedFields;
  return victimWins ? new Map([...survivor, ...victim]) : new Map([...victim, ...survivor]);
}

/** No merge ever subscribes a person who opted out. */
function mergeSubscriptions(survivor: Account, victim: Account, mergeId: string): Account['subscriptions'] {
  const merged = new Map(survivor.subscriptions);
  for (const [key, { status }] of victim.subscriptions) {
    const own = survivor.subscriptions.get(key);
    if (own === undefined || (status === 'UNSUBSCRIBED' && own.status !== 'UNSUBSCRIBED')) {
      merged.set(key, { status, mergeId });
    }
  }
  return merged;
}

function mergeSummaries(survivor: Account, victim: Account): Account['summaries'] {
  const merged = new Map(survivor.summaries);
  for (const [programId, theirs] of victim.summaries) {
    const own = survivor.summaries.get(programId);
    merged.set(programId, own === undefined ? theirs : { ...addFigures(own, theirs), ...higherSlab(own, theirs) });
  }
  return merged;
}

type SlabWithExpiry = Pick<PointsSummary, 'slabSerialNumber' | 'slabExpiresOn'>;

/** The higher slab with its expiry; of equal ones the later expiry, none being the latest. */
function higherSlab(a: SlabWithExpiry, b: SlabWithExpiry): SlabWithExpiry {
  const difference = (a.slabSerialNumber ?? 0) - (b.slabSerialNumber ?? 0);
  const later = (b.slabExpiresOn ?? Infinity) > (a.slabExpiresOn ?? Infinity);
  const { slabSerialNumber, slabExpiresOn } = difference < 0 || (difference === 0 && later) ? b : a;
  return { slabSerialNumber, slabExpiresOn };
}

/** Which rule of the table made the change. */
function ruleOf({ field, previous, current }: ValueChange, survivor: Account, victim: Account): ChangeRule {
  const [datum = '', part = '', figure] = field.split('.');
  switch (datum) {
    case 'aliases':
      return 'ALIAS';
    case 'registeredOn':
      return previous === null ? 'FILLED' : 'EARLIEST';
    case 'registeredTill':
      return isVictimsRegistrationEarlier(survivor, victim) ? 'EARLIEST' : 'FILLED';
    case 'fraudStatus':
      return 'FRAUD_WINS';
    case 'extendedFields':
      return previous === null ? 'FILLED' : 'OVERWRITTEN';
    case 'subscriptions':
      return current === 'UNSUBSCRIBED' ? 'OPT_OUT_WINS' : 'FILLED';
    case 'lifetimePurchases':
      return 'SUMMED';
    case 'pointsSummaries':
      if (!survivor.summaries.has(part)) return 'FILLED';
      return figure === 'slabSNo' || figure === 'slabExpiryDate' ? 'HIGHER_SLAB' : 'SUMMED';
    default:
      return 'FILLED';
  }
}

function balancesOf(survivor: Account, victim: Account, merged: Account, organization: Organization): MergedBalance[] {
  const purchases: MergedBalance = {
    programId: null,
    figure: 'lifetimePurchases',
    survivorBefore: survivor.lifetimePurchases,
    victimBefore: victim.lifetimePurchases,
    after: merged.lifetimePurchases,
  };
  const programs = organization.programs.map(({ id }) => id).filter((id) => merged.summaries.has(id));
  return [
    purchases,
    ...namesInOrder(programs, merged.summaries).flatMap((id) =>
      figureNames.map((figure) => ({
        programId: id,
        figure,
        survivorBefore: (survivor.summaries.get(id) ?? zeroFigures)[figure],
        victimBefore: (victim.summaries.get(id) ?? zeroFigures)[figure],
        after: (merged.summaries.get(id) ?? zeroFigures)[figure],
      })),
    ),
  ];
}
