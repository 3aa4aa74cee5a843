import { hash } from 'node:crypto';
import type { ChangeOrigin } from '../../audit/audit-event.js';
import type { IdempotencyRecord } from '../../idempotency/idempotency-record.js';
import type { Caller } from '../../organization/caller.js';
import type { Organization } from '../../organization/organization.js';
import type { Instant } from '../../values/instant.js';
import type { Account } from '../account.js';
import { customerError, type CustomerError } from '../customer-error.js';
import type { MergeDraft, Refusal, UpdatePlan } from '../plan.js';
import { planUpdate, type PlanTerms } from '../update/plan-update.js';
import type { UpdateCustomerInput } from '../update/update.input.js';
import { idempotencyKeyFault } from '../update/validate-input.js';
import { parseAnswer, stringifyAnswer, type Answer } from './answer.js';
import type { WorkingCopy } from './working-copy.js';

/** One customer of one request, with all that its plan may depend on. */
export interface UpdateItem {
  readonly organization: Organization;
  readonly caller: Caller;
  readonly origin: ChangeOrigin;
  readonly input: UpdateCustomerInput;
  /** What whoever read the request found wrong with it, and the input can't show: reported with the faults of step 2. */
  readonly inputFaults?: readonly CustomerError[];
}

/** An update that was done, now or by an earlier call with the same key. */
export interface Done extends Answer {
  readonly kind: 'done';
  readonly customer: Account;
  readonly replayed: boolean;
  /** The merges of a preview, which are stored nowhere; of an update, none. */
  readonly previewed: readonly MergeDraft[];
}

export type Outcome = Done | Refusal;

/** Decides one item on the working copy (steps 1 to 9) and changes nothing. */
export function planItem(
  item: UpdateItem,
  copy: WorkingCopy,
  terms: Pick<PlanTerms, 'now' | 'listItems' | 'newMergeId'>,
): UpdatePlan | Outcome {
  const key = item.input.idempotencyKey ?? null;
  if (key !== null) {
    const fault = idempotencyKeyFault(key);
    if (fault !== null) return { kind: 'refused', errors: [fault] };
    const record = copy.findRecord(item.organization.id, item.origin.client, key);
    if (record !== null) return replay(item, record, copy);
  }
  const { organization, caller, inputFaults = [] } = item;
  return planUpdate(item.input, copy.view(organization.id), { organization, caller, inputFaults, ...terms });
}

/** Carries the plan out on the working copy, and remembers it under its key. */
export function applyPlan(plan: UpdatePlan, item: UpdateItem, copy: WorkingCopy, now: Instant): Done {
  const [customer = plan.customer] = copy.apply(plan, item.organization.id, item.origin, now);
  const key = item.input.idempotencyKey ?? null;
  if (key !== null) {
    copy.remember({
      organizationId: item.organization.id,
      clientId: item.origin.client,
      key,
      inputHash: inputHash(item.input),
      customerId: plan.customer.id,
      answer: stringifyAnswer(plan),
      createdAt: now,
    });
  }
  return { replayed: false, previewed: [], ...plan, kind: 'done', customer };
}

function replay(item: UpdateItem, record: IdempotencyRecord, copy: WorkingCopy): Outcome {
  if (record.inputHash !== inputHash(item.input)) {
    const reason = 'This idempotencyKey was used for another input: take a new key for each update';
    return { kind: 'refused', errors: [customerError('IDEMPOTENCY_KEY_REUSED', ['idempotencyKey'], reason)] };
  }
  const accounts = copy.view(item.organization.id);
  const account = accounts.findById(record.customerId);
  const customer = account?.mergedInto == null ? account : accounts.findById(account.mergedInto);
  if (customer === null) throw new Error('An idempotency record points to a customer that is not there');
  return { kind: 'done', ...parseAnswer(record.answer), customer, replayed: true, previewed: [] };
}

/** A digest of the input as parsed, key aside: the order in which a client wrote its keys does not count, nor does null where it means omitted. */
function inputHash(input: UpdateCustomerInput): string {
  const canonical = JSON.stringify([
    input.id ?? null,
    input.mobile ?? null,
    input.email ?? null,
    input.externalId ?? null,
    orOmitted(input.firstname),
    orOmitted(input.lastname),
    orOmitted(input.registeredOn),
    orOmitted(input.registeredTill),
    orOmitted(input.associatedWith),
    orOmitted(input.type),
    input.customFields?.map(({ name, value }) => [name, orOmitted(value)]) ?? null,
    input.extendedFields?.map(({ name, value }) => [name, orOmitted(value)]) ?? null,
    input.subscriptions?.map(({ channel, priority, status }) => [channel, priority, status]) ?? null,
    orOmitted(input.fraudStatus),
    input.expectedVersion ?? null,
    input.expectedPlanHash ?? null,
    input.invalidFields ?? 'REJECT',
  ]);
  return hash('sha256', canonical, 'hex');
}

const orOmitted = (value: string | null | undefined): string | null | 0 => (value === undefined ? 0 : value);
