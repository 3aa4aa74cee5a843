import type { ChangeRule, FieldChange } from '../../audit/field-change.js';
import type { Caller } from '../../organization/caller.js';
import type { Organization } from '../../organization/organization.js';
import type { Instant } from '../../values/instant.js';
import { identifierTypes } from '../../values/identifier-type.js';
import type { Account } from '../account.js';
import { accountChanges, withRules } from '../account-changes.js';
import type { AccountView } from '../account-view.js';
import { customerError, type CustomerError } from '../customer-error.js';
import { planMerges, type PlannedMerges } from '../merge/plan-merges.js';
import type { EventDraft, Refusal, UpdatePlan } from '../plan.js';
import { applyInput, type Applied } from './apply-input.js';
import { awardRewards, type Awarded } from './award-rewards.js';
import { planHash } from './plan-hash.js';
import { planIdentifiers } from './plan-identifiers.js';
import { resolveTarget } from './resolve-target.js';
import type { UpdateCustomerInput } from './update.input.js';
import { validateInput } from './validate-input.js';

/** What a plan depends on beside the input and the accounts. */
export interface PlanTerms {
  readonly organization: Organization;
  readonly caller: Caller;
  /** Faults of the input that were found before it came here. */
  readonly inputFaults: readonly CustomerError[];
  /** The most entries that a list of the input may have. */
  readonly listItems: number;
  readonly now: Instant;
  readonly newMergeId: (victimId: number) => string;
}

/**
 * Decides an update, step by step as on the behaviour page (2 to 9), and changes nothing: the one planner of preview,
 * update and batch. The same accounts, input, organization and instant always make the same plan.
 */
export function planUpdate(given: UpdateCustomerInput, accounts: AccountView, terms: PlanTerms): UpdatePlan | Refusal {
  const { organization, caller, now } = terms;
  const { input, faults: found, warnings: skipped } = validateInput(given, accounts, terms);
  const inputFaults = [...terms.inputFaults, ...found];
  if (inputFaults.length > 0) return refusal(inInputOrder(inputFaults));

  const resolution = resolveTarget(input, organization, accounts);
  if ('code' in resolution) return refusal([resolution]);

  const { target } = resolution;
  const identified = planIdentifiers(target, input.identifiers, organization, caller, accounts);
  const others = identified.matches.map(({ account }) => account);
  const merged = planMerges(target, identified.target, identified.matches, { given: input.identifiers, ...terms });
  const applied = applyInput(input, target, merged.survivor, others, organization, now);
  const changed = accountChanges(merged.before, applied.account, organization).map(({ field }) => field);
  const awarded = awardRewards(applied.account, new Set(changed), organization);
  const faults = [...identified.faults, ...merged.faults, ...applied.faults];
  if (faults.length > 0) return refusal(inInputOrder(faults));
  if (awarded.faults.length > 0) return refusal(awarded.faults);

  const beyond = changesBeyondMerges(target, identified.target, merged, applied, awarded, organization);
  const changes = netChanges(merged, awarded.account, beyond, applied.named, organization);
  const warnings = [...resolution.warnings, ...skipped];
  const hash = planHash({
    organizationId: organization.id,
    involved: [target, ...others],
    target,
    survivor: merged.before,
    changes,
    sideEffects: awarded.sideEffects,
    merges: merged.merges,
    warnings,
    fromClock: applied.fromClock,
  });
  if (input.expectedPlanHash !== null && input.expectedPlanHash !== hash) return refusal([planChanged]);

  const decided = { changes, sideEffects: awarded.sideEffects, warnings, planHash: hash };
  // A person who was erased may bring nothing that the survivor has not, and is merged all the same.
  if (changes.length === 0 && merged.merges.length === 0) {
    return { kind: 'planned', ...decided, customer: target, accounts: [], merges: [], events: [], ledger: [] };
  }
  const version = 1 + Math.max(...[target, ...others].map((account) => account.version));
  const customer = { ...awarded.account, version, updatedOn: now };
  return {
    kind: 'planned',
    ...decided,
    customer,
    accounts: [customer, ...merged.victims.map((victim) => ({ ...victim, version, updatedOn: now }))],
    merges: merged.merges,
    events: events(merged, beyond, version),
    ledger: [...merged.ledger, ...awarded.ledger],
  };
}

const refusal = (errors: readonly CustomerError[]): Refusal => ({ kind: 'refused', errors });

const planChanged = customerError(
  'PLAN_CHANGED',
  ['expectedPlanHash'],
  'The update would no longer do what the preview showed: preview it again',
);

const inputOrder = [
  'id',
  'mobile',
  'email',
  'externalId',
  'firstname',
  'lastname',
  'registeredOn',
  'registeredTill',
  'associatedWith',
  'type',
  'customFields',
  'extendedFields',
  'subscriptions',
  'fraudStatus',
  'expectedPlanHash',
];

/** In the order of the schema's input fields, of a list in that of its entries; one for a path: the first found. */
function inInputOrder(faults: readonly CustomerError[]): CustomerError[] {
  const byPath = new Map<string, CustomerError>();
  for (const fault of faults) {
    const path = fault.field.join('.');
    if (!byPath.has(path)) byPath.set(path, fault);
  }
  const place = ({ field }: CustomerError): number => inputOrder.indexOf(field[0] ?? '');
  const entry = ({ field }: CustomerError): number => Number(field[1] ?? -1);
  return [...byPath.values()].sort((a, b) => place(a) - place(b) || entry(a) - entry(b));
}

/** What the request and its side effects changed beyond the merges. What step 5 gave a victim came by its merge. */
function changesBeyondMerges(
  target: Account,
  identified: Account,
  { survivor }: PlannedMerges,
  applied: Applied,
  awarded: Awarded,
  organization: Organization,
): FieldChange[] {
  const identifiers = { ...survivor.identifiers };
  if (survivor.id === target.id) {
    for (const type of identifierTypes) {
      if (identified.identifiers[type] !== target.identifiers[type]) identifiers[type] = null;
    }
  }
  const bySideEffect = new Set(
    awarded.sideEffects.length === 0
      ? []
      : accountChanges(applied.account, awarded.account, organization).map(({ field }) => field),
  );
  const changes = accountChanges({ ...survivor, identifiers }, awarded.account, organization, applied.named);
  return withRules(changes, ({ field }) => (bySideEffect.has(field) ? 'SIDE_EFFECT' : 'REQUEST'));
}

/** One entry for each value that differs in the end, or that the request named, with the last rule that touched it. */
function netChanges(
  { before, merges }: PlannedMerges,
  after: Account,
  beyond: readonly FieldChange[],
  named: ReadonlySet<string>,
  organization: Organization,
): readonly FieldChange[] {
  if (merges.length === 0) return beyond;
  const rules = new Map<string, ChangeRule>();
  // Of several aliases of a type too: only merges bring any.
  for (const { field, rule } of [...merges.flatMap(({ changes }) => changes), ...beyond]) rules.set(field, rule);
  const changes = accountChanges(before, after, organization, named);
  return withRules(changes, ({ field }) => rules.get(field) ?? 'REQUEST');
}

/** For each victim a MERGED event on both sides, then an UPDATED one for what was changed beyond. */
function events({ survivor, merges }: PlannedMerges, beyond: readonly FieldChange[], version: number): EventDraft[] {
  return [
    ...merges.flatMap(({ id: mergeId, victimId, changes }): EventDraft[] => [
      { customerId: survivor.id, action: 'MERGED', version, changes, mergeId },
      { customerId: victimId, action: 'MERGED', version, changes: [], mergeId },
    ]),
    ...(beyond.length === 0
      ? []
      : [{ customerId: survivor.id, action: 'UPDATED', version, changes: beyond, mergeId: null } as const]),
  ];
}
