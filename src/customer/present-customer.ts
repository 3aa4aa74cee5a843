import type { FieldDefinition, LoyaltyProgram, Organization } from '../organization/organization.js';
import { loyaltyPoints, type PointsSummary } from '../points/figures.js';
import type { PointsSummaryType } from '../points/points.type.js';
import { type Account, type Channel, type FieldValues, type Priority, subscriptionKeys } from './account.js';
import type { CustomerType, FieldValueType, StoredCustomer } from './customer.type.js';
import type { MergeDraft } from './plan.js';

/** The customer as the API shows it: canonical values, lists in the order of answers, derived figures worked out. */
export function presentCustomer(
  account: Account,
  organization: Organization,
  previewed: readonly MergeDraft[] = [],
): CustomerType {
  const summaries = organization.programs.flatMap((program) => {
    const summary = account.summaries.get(program.id);
    return summary === undefined ? [] : [presentSummary(summary, program)];
  });
  const main = summaries.find(({ programId }) => programId === organization.programs[0]?.id);
  return {
    stored: storedOf(account, previewed),
    previewedMerges: previewed,
    userId: account.id,
    version: account.version,
    firstname: account.firstname,
    lastname: account.lastname,
    mobile: account.identifiers.MOBILE,
    email: account.identifiers.EMAIL,
    externalId: account.identifiers.EXTERNAL_ID,
    aliases: account.aliases,
    type: account.type,
    fraudStatus: account.fraudStatus,
    registeredOn: account.registeredOn,
    registeredTill: account.registeredTill,
    associatedWith: account.associatedWith,
    updatedOn: account.updatedOn,
    lifetimePoints: summaries.reduce((sum, summary) => sum + summary.lifetimePoints, 0n),
    loyaltyPoints: summaries.reduce((sum, summary) => sum + summary.loyaltyPoints, 0n),
    lifetimePurchases: account.lifetimePurchases,
    currentSlab: main?.currentSlab ?? null,
    tierExpiryDate: main?.slabExpiryDate ?? null,
    pointsSummaries: summaries,
    customFields: presentFields(account.customFields, organization.customFields),
    extendedFields: presentFields(account.extendedFields, organization.extendedFields),
    subscriptions: subscriptionKeys.flatMap((key) => {
      const state = account.subscriptions.get(key);
      if (state === undefined) return [];
      const [channel, priority] = key.split('.') as [Channel, Priority];
      return [{ channel, priority, status: state.status }];
    }),
  };
}

/** What a preview would merge is not merged: the logs of its customer are the stored ones. */
function storedOf(
  { organizationId, id, mergedIds, lastSequence }: Account,
  previewed: readonly MergeDraft[],
): StoredCustomer {
  const onlyPreviewed = new Set(
    previewed.flatMap(({ victimId, victimBefore }) => [victimId, ...victimBefore.mergedIds]),
  );
  return { organizationId, id, mergedIds: mergedIds.filter((one) => !onlyPreviewed.has(one)), lastSequence };
}

function presentSummary(summary: PointsSummary, program: LoyaltyProgram): PointsSummaryType {
  const serialNumber = summary.slabSerialNumber;
  const current = program.slabs.find((slab) => slab.serialNumber === serialNumber);
  const next = serialNumber === null ? undefined : program.slabs.find((slab) => slab.serialNumber > serialNumber);
  return {
    programId: program.id,
    redeemed: summary.redeemed,
    expired: summary.expired,
    returned: summary.returned,
    adjusted: summary.adjusted,
    lifetimePoints: summary.lifetimePoints,
    loyaltyPoints: loyaltyPoints(summary),
    cumulativePurchases: summary.cumulativePurchases,
    currentSlab: current?.name ?? null,
    slabSNo: serialNumber,
    slabExpiryDate: summary.slabExpiresOn,
    nextSlab: next?.name ?? null,
    nextSlabSerialNumber: next?.serialNumber ?? null,
    nextSlabDescription: next?.description ?? null,
  };
}

const presentFields = (values: FieldValues, definitions: readonly FieldDefinition[]): FieldValueType[] =>
  definitions.flatMap(({ name }) => {
    const value = values.get(name);
    return value === undefined ? [] : [{ name, value }];
  });
