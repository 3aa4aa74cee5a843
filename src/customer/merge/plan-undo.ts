import type { FieldChange } from '../../audit/field-change.js';
import type { Organization } from '../../organization/organization.js';
import { isZero, subtractFigures, type PointsSummary } from '../../points/figures.js';
import type { Instant } from '../../values/instant.js';
import { identifierTypes } from '../../values/identifier-type.js';
import { identifierKey, identifiersOf, subscriptionKeys, type Account, type Identifier } from '../account.js';
import { accountChanges, instantText, subscriptionField, withRules } from '../account-changes.js';
import { customerError, type CustomerError } from '../customer-error.js';
import type { Refusal, UndoPlan } from '../plan.js';
import { singleValues, type MergeRecord, type SingleValue, type SurvivorBefore } from './merge-record.js';
import { movedFigures } from './moved-figures.js';
import { undoFaults } from './undo-faults.js';

/** What is known of a merge that is to be undone, as it is now. */
export interface UndoState {
  readonly merge: MergeRecord | null;
  /** Both sides; a merge has them always. */
  readonly survivor: Account | null;
  readonly victim: Account | null;
  /** Whether another merge into the same survivor came later and stands. */
  readonly hasLaterMerge: boolean;
  /** The survivor's fields that a request has changed or named since, the merging one included. */
  readonly requestedSince: ReadonlySet<string>;
}

/**
 * undoCustomerMerge of the behaviour page: the victim comes back as it was, and the survivor gives back what the merge
 * brought, but for what a request has made its own since. Pure; refuses with one error for each reason.
 */
export function planUndo(state: UndoState, organization: Organization, now: Instant): UndoPlan | Refusal {
  const { merge, survivor, victim } = state;
  if (merge === null) return refusal('MERGE_NOT_FOUND', 'The organization has no merge with this id');
  if (merge.undoneAt !== null) return refusal('MERGE_ALREADY_UNDONE', 'This merge has been undone before');
  if (merge.erasedAt !== null) {
    return refusal(
      'MERGE_UNDO_EXPIRED',
      "The person's data was erased since: what the accounts were is not known any more",
    );
  }
  if (survivor === null || victim === null) throw new Error(`The merge ${merge.id} has lost a side`);
  const figuresAfter = figuresTakenBack(merge, survivor, organization);
  const { mergeUndoDays } = organization.rules;
  const errors = undoFaults(merge, survivor, figuresAfter, state.hasLaterMerge, mergeUndoDays, now);
  if (errors.length > 0) return { kind: 'refused', errors };

  const { victimBefore } = merge;
  const { organizationId, id } = victim;
  const version = 1 + Math.max(survivor.version, victim.version);
  const rewardsHad = new Set([...survivor.rewardsHad, ...victim.rewardsHad]);
  const restored: Account = {
    ...victimBefore,
    organizationId,
    id,
    version,
    updatedOn: now,
    mergedInto: null,
    rewardsHad,
    lastSequence: victim.lastSequence,
  };
  const goesBack = (field: string): boolean => isStillTheMerges(field, state.requestedSince);
  const goneIds = new Set([victim.id, ...victimBefore.mergedIds]);
  const released: Account = {
    ...takeBack(merge, survivor, goesBack, organization),
    version,
    updatedOn: now,
    mergedIds: survivor.mergedIds.filter((id) => !goneIds.has(id)),
    rewardsHad,
  };
  const changes = withRules(accountChanges(survivor, released, organization), () => 'UNDO');
  const kinds = { out: 'UNDO_OUT', in: 'UNDO_IN' } as const;
  return {
    kind: 'undone',
    survivor: released,
    restored,
    merge: { ...merge, undoneAt: now },
    changes,
    kept: keptOf(merge, released, goesBack),
    events: [
      { customerId: survivor.id, action: 'MERGE_UNDONE', version, changes, mergeId: merge.id },
      { customerId: victim.id, action: 'MERGE_UNDONE', version, changes: [], mergeId: merge.id },
    ],
    ledger: movedFigures(victimBefore, survivor.id, victim.id, kinds, merge.id, organization),
  };
}

const refusal = (code: CustomerError['code'], message: string): Refusal => ({
  kind: 'refused',
  errors: [customerError(code, ['mergeId'], message)],
});

/**
 * Whether a value that the merge brought is still the merge's: a request that changed it since, or that named a
 * subscription or fraud status, has made it the request's for good. Registration date and till go together.
 */
function isStillTheMerges(field: string, requestedSince: ReadonlySet<string>): boolean {
  const pair = registration.includes(field) ? registration : [field];
  return !pair.some((part) => requestedSince.has(part));
}

const registration = ['registeredOn', 'registeredTill'];

/** The survivor without what the merge brought, but for what is a request's by now. */
function takeBack(
  merge: MergeRecord,
  survivor: Account,
  goesBack: (field: string) => boolean,
  organization: Organization,
): Account {
  const { survivorBefore, victimBefore } = merge;
  const back = new Set(merge.changes.map(({ field }) => field).filter(goesBack));
  const gone = new Set(identifiersOf(victimBefore).map(identifierKey));
  const isGone = (one: Identifier): boolean => gone.has(identifierKey(one));
  const identifiers = { ...survivor.identifiers };
  for (const type of identifierTypes) {
    const value = identifiers[type];
    if (value !== null && isGone({ type, value })) identifiers[type] = null;
  }
  return {
    ...survivor,
    identifiers,
    aliases: survivor.aliases.filter((alias) => !isGone(alias)),
    ...singleValuesBack(survivorBefore, back),
    customFields: takeBackFields('customFields', back, survivorBefore, survivor),
    extendedFields: takeBackFields('extendedFields', back, survivorBefore, survivor),
    subscriptions: takeBackSubscriptions(back, survivorBefore, survivor),
    ...figuresTakenBack(merge, survivor, organization),
  };
}

const figuresTakenBack = (
  merge: MergeRecord,
  survivor: Account,
  organization: Organization,
): Pick<Account, 'lifetimePurchases' | 'summaries'> => ({
  lifetimePurchases: survivor.lifetimePurchases - merge.victimBefore.lifetimePurchases,
  summaries: takeBackSummaries(merge, survivor, organization),
});

function singleValuesBack(survivorBefore: SurvivorBefore, back: ReadonlySet<string>): Partial<Account> {
  const goesBack = (name: SingleValue): boolean => back.has(name === 'fraudMergeId' ? 'fraudStatus' : name);
  return Object.fromEntries(singleValues.filter(goesBack).map((name) => [name, survivorBefore[name]]));
}

function takeBackFields(
  fields: 'customFields' | 'extendedFields',
  back: ReadonlySet<string>,
  survivorBefore: SurvivorBefore,
  survivor: Account,
): Account['customFields'] {
  const values = new Map(survivor[fields]);
  for (const name of survivor[fields].keys()) {
    if (!back.has(`${fields}.${name}`)) continue;
    const before = survivorBefore[fields].get(name);
    if (before === undefined) values.delete(name);
    else values.set(name, before);
  }
  return values;
}

function takeBackSubscriptions(
  back: ReadonlySet<string>,
  survivorBefore: SurvivorBefore,
  survivor: Account,
): Account['subscriptions'] {
  const states = new Map(survivor.subscriptions);
  for (const key of survivor.subscriptions.keys()) {
    if (!back.has(subscriptionField(key))) continue;
    const before = survivorBefore.subscriptions.get(key);
    if (before === undefined) states.delete(key);
    else states.set(key, before);
  }
  return states;
}

/** A summary that the merge made goes if nothing is left in it, else it stands in the lowest slab without expiry. */
function takeBackSummaries(
  { survivorBefore, victimBefore }: MergeRecord,
  survivor: Account,
  organization: Organization,
): Account['summaries'] {
  const summaries = new Map(survivor.summaries);
  for (const [programId, theirs] of victimBefore.summaries) {
    const current = survivor.summaries.get(programId);
    if (current === undefined) continue;
    const left: PointsSummary = { ...current, ...subtractFigures(current, theirs) };
    const before = survivorBefore.summaries.get(programId);
    if (before !== undefined) {
      const { slabSerialNumber, slabExpiresOn } = before;
      summaries.set(programId, { ...left, slabSerialNumber, slabExpiresOn });
    } else if (isZero(left)) {
      summaries.delete(programId);
    } else {
      const program = organization.programs.find(({ id }) => id === programId);
      const slabSerialNumber = program?.slabs[0]?.serialNumber ?? null;
      summaries.set(programId, { ...left, slabSerialNumber, slabExpiresOn: null });
    }
  }
  return summaries;
}

/** What the merge had brought and the undo left: previous is what the merge found, current what stands. */
const keptOf = (merge: MergeRecord, released: Account, goesBack: (field: string) => boolean): FieldChange[] =>
  merge.changes.flatMap((change) => {
    const current = requestableValue(change.field, released);
    return current === undefined || goesBack(change.field) ? [] : [{ ...change, current }];
  });

/** What stands of a value that a request can make its own; undefined for what no request can. */
function requestableValue(field: string, account: Account): string | null | undefined {
  switch (field) {
    case 'firstname':
    case 'lastname':
    case 'associatedWith':
    case 'registeredTill':
    case 'fraudStatus':
      return account[field];
    case 'registeredOn':
      return instantText(account.registeredOn);
    default:
      break;
  }
  for (const fields of ['customFields', 'extendedFields'] as const) {
    if (field.startsWith(`${fields}.`)) return account[fields].get(field.slice(fields.length + 1)) ?? null;
  }
  const key = subscriptionKeys.find((one) => subscriptionField(one) === field);
  return key === undefined ? undefined : (account.subscriptions.get(key)?.status ?? null);
}
