import type { FieldChange } from '../../audit/field-change.js';
import type { Caller } from '../../organization/caller.js';
import type { Organization } from '../../organization/organization.js';
import type { Instant } from '../../values/instant.js';
import type { Account } from '../account.js';
import { accountChanges } from '../account-changes.js';
import type { AccountView } from '../account-view.js';
import { customerError, type CustomerError } from '../customer-error.js';
import type { Refusal, UpdatePlan } from '../plan.js';
import { applyInput, type Applied } from './apply-input.js';
import { awardRewards } from './award-rewards.js';
import { planHash } from './plan-hash.js';
import { planIdentifiers } from './plan-identifiers.js';
import { resolveTarget } from './resolve-target.js';
import type { UpdateCustomerInput } from './update.input.js';
import { validateInput } from './validate-input.js';

/**
 * Decides an update, step by step as on the behaviour page (2 to 9), and changes nothing: the one planner of preview,
 * update and batch. The same accounts, input, organization and instant always make the same plan.
 */
export function planUpdate(
  given: UpdateCustomerInput,
  organization: Organization,
  _caller: Caller,
  accounts: AccountView,
  now: Instant,
): UpdatePlan | Refusal {
  const { input, faults: inputFaults, warnings: skipped } = validateInput(given, organization, accounts, now);
  if (inputFaults.length > 0) return refusal(inputFaults);

  const resolution = resolveTarget(input, organization, accounts);
  if ('code' in resolution) return refusal([resolution]);

  const before = resolution.target;
  const identified = planIdentifiers(before, input, organization, accounts);
  const applied = applyInput(input, before, identified.target, organization, now);
  const requested = new Set(accountChanges(before, applied.account, organization).map(({ field }) => field));
  const awarded = awardRewards(applied.account, requested, organization);
  const faults = [...identified.faults, ...applied.faults, ...awarded.faults];
  if (faults.length > 0) return refusal(inInputOrder(faults));

  const changes = netChanges(before, applied, awarded.account, organization);
  const warnings = [...resolution.warnings, ...skipped];
  const hash = planHash({
    organizationId: organization.id,
    involved: [before],
    target: before,
    survivor: before,
    changes,
    sideEffects: awarded.sideEffects,
    merges: [],
    warnings,
    fromClock: applied.fromClock,
  });
  if (input.expectedPlanHash !== null && input.expectedPlanHash !== hash) return refusal([planChanged]);

  const isChanged = changes.length > 0;
  const customer = isChanged ? { ...awarded.account, version: before.version + 1, updatedOn: now } : before;
  return {
    kind: 'planned',
    customer,
    accounts: isChanged ? [customer] : [],
    merges: [],
    changes,
    sideEffects: awarded.sideEffects,
    warnings,
    planHash: hash,
    events: isChanged
      ? [{ customerId: customer.id, action: 'UPDATED', version: customer.version, changes, mergeId: null }]
      : [],
    ledger: awarded.ledger,
  };
}

const refusal = (errors: readonly CustomerError[]): Refusal => ({ kind: 'refused', errors });

const planChanged = customerError(
  'PLAN_CHANGED',
  ['expectedPlanHash'],
  'The update would no longer do what the preview showed: preview it again',
);

const inputOrder = ['mobile', 'email', 'externalId', 'type'];

/** In the order of the schema's input fields, one for a path: the first that was found. */
function inInputOrder(faults: readonly CustomerError[]): CustomerError[] {
  const byPath = new Map<string, CustomerError>();
  for (const fault of faults) {
    const path = fault.field.join('.');
    if (!byPath.has(path)) byPath.set(path, fault);
  }
  const place = ({ field }: CustomerError): number => inputOrder.indexOf(field[0] ?? '');
  return [...byPath.values()].sort((a, b) => place(a) - place(b));
}

/** One entry for each value that differs in the end, with the last rule that touched it. */
function netChanges(before: Account, applied: Applied, after: Account, organization: Organization): FieldChange[] {
  const awarded =
    after === applied.account
      ? new Set<string>()
      : new Set(accountChanges(applied.account, after, organization).map(({ field }) => field));
  return accountChanges(before, after, organization, applied.named).map((change) => ({
    ...change,
    rule: awarded.has(change.field) ? 'SIDE_EFFECT' : 'REQUEST',
  }));
}
