import type { Organization } from '../../organization/organization.js';
import { zeroFigures, type PointsSummary } from '../../points/figures.js';
import type { Instant } from '../../values/instant.js';
import { identifierTypes } from '../../values/identifier-type.js';
import type { Account, FieldValues } from '../account.js';
import { subscriptionField } from '../account-changes.js';
import { customerError, identifierField, type CustomerError } from '../customer-error.js';
import type { ValidInput } from './validate-input.js';

export interface Applied {
  readonly account: Account;
  /** Subscriptions and a fraud status that are the request's from now on, even where a merge had set the same. */
  readonly named: ReadonlySet<string>;
  /** Values that come from the clock. */
  readonly fromClock: ReadonlySet<string>;
  readonly faults: readonly CustomerError[];
}

/**
 * Step 7 of the behaviour page: what the request says wins over what is there. `target` is the customer that the
 * request identified, against which `type` is judged; the values are written to `survivor`, which is the target unless
 * a merge decided otherwise. `others` are the further accounts of the request: against an opt-out or a fraud mark of
 * theirs the request's SUBSCRIBED or NONE does not count.
 */
export function applyInput(
  input: ValidInput,
  target: Account,
  survivor: Account,
  others: readonly Account[],
  organization: Organization,
  now: Instant,
): Applied {
  const named = new Set<string>();
  let account: Account = {
    ...survivor,
    ...(input.firstname === undefined ? {} : { firstname: input.firstname }),
    ...(input.lastname === undefined ? {} : { lastname: input.lastname }),
    ...(input.registeredOn === undefined ? {} : { registeredOn: input.registeredOn }),
    ...(input.registeredTill === undefined ? {} : { registeredTill: input.registeredTill }),
    ...(input.associatedWith === undefined ? {} : { associatedWith: input.associatedWith }),
    customFields: applyFields(survivor.customFields, input.customFields),
    extendedFields: applyFields(survivor.extendedFields, input.extendedFields),
    subscriptions: applySubscriptions(survivor, others, input, named),
  };
  const isConfirmed = others.some(({ fraudStatus }) => fraudStatus === 'CONFIRMED');
  if (input.fraudStatus !== null && !(input.fraudStatus === 'NONE' && isConfirmed)) {
    if (survivor.fraudMergeId !== null) named.add('fraudStatus');
    account = { ...account, fraudStatus: input.fraudStatus, fraudMergeId: null };
  }
  if (input.type === 'NON_LOYALTY' && target.type === 'LOYALTY') {
    return { account, named, fromClock: new Set(), faults: [downgrade] };
  }
  if (input.type === 'LOYALTY' && target.type === 'NON_LOYALTY' && account.type === 'NON_LOYALTY') {
    return { named, ...enrol(account, organization, now) };
  }
  return { account, named, fromClock: new Set(), faults: [] };
}

const downgrade = customerError(
  'LOYALTY_DOWNGRADE',
  ['type'],
  'A LOYALTY customer cannot become NON_LOYALTY: leave type out',
);

function applyFields(values: FieldValues, given: ReadonlyMap<string, string | null>): FieldValues {
  if (given.size === 0) return values;
  const applied = new Map(values);
  for (const [name, value] of given) {
    if (value === null) applied.delete(name);
    else applied.set(name, value);
  }
  return applied;
}

function applySubscriptions(
  survivor: Account,
  others: readonly Account[],
  input: ValidInput,
  named: Set<string>,
): Account['subscriptions'] {
  if (input.subscriptions.size === 0) return survivor.subscriptions;
  const applied = new Map(survivor.subscriptions);
  for (const [key, status] of input.subscriptions) {
    const isOptedOut = others.some(({ subscriptions }) => subscriptions.get(key)?.status === 'UNSUBSCRIBED');
    if (status === 'SUBSCRIBED' && isOptedOut) continue;
    const current = survivor.subscriptions.get(key);
    if (current?.status === status && current.mergeId === null) continue;
    named.add(subscriptionField(key));
    applied.set(key, { status, mergeId: null });
  }
  return applied;
}

function enrol(account: Account, organization: Organization, now: Instant): Omit<Applied, 'named'> {
  const { primaryIdentifier, requiredForLoyalty } = organization.rules;
  const faults = identifierTypes
    .filter((type) => type === primaryIdentifier || requiredForLoyalty[type])
    .filter((type) => account.identifiers[type] === null)
    .map((type) =>
      customerError(
        'LOYALTY_IDENTIFIER_REQUIRED',
        [identifierField[type]],
        `A LOYALTY customer of this organization needs its ${identifierField[type]}`,
      ),
    );
  return {
    account: {
      ...account,
      type: 'LOYALTY',
      registeredOn: account.registeredOn ?? now,
      summaries: withSummary(account.summaries, organization.programs[0]?.id, organization),
    },
    fromClock: new Set(account.registeredOn === null ? ['registeredOn'] : []),
    faults,
  };
}

/** The summaries with one for the program: the one that is there, else zero figures in the program's lowest slab. */
export function withSummary(
  summaries: Account['summaries'],
  programId: string | undefined,
  organization: Organization,
): Account['summaries'] {
  if (programId === undefined || summaries.has(programId)) return summaries;
  const program = organization.programs.find(({ id }) => id === programId);
  const opened: PointsSummary = {
    ...zeroFigures,
    slabSerialNumber: program?.slabs[0]?.serialNumber ?? null,
    slabExpiresOn: null,
  };
  return new Map(summaries).set(programId, opened);
}
