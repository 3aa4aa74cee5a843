import type { CustomerPartsFragment } from './generated/graphql.js';

/** What a customer has, as a path and a value, by the paths that changes have too. What it does not have is left out. */
export function customerRows(customer: CustomerPartsFragment): (readonly [path: string, value: string])[] {
  const rows: (readonly [string, string | number | null])[] = [
    ['userId', customer.userId],
    ['version', customer.version],
    ['mobile', customer.mobile],
    ['email', customer.email],
    ['externalId', customer.externalId],
    ...customer.aliases.map(({ type, value }) => [`aliases.${type}`, value] as const),
    ['firstname', customer.firstname],
    ['lastname', customer.lastname],
    ['registeredOn', customer.registeredOn],
    ['registeredTill', customer.registeredTill],
    ['associatedWith', customer.associatedWith],
    ['type', customer.type],
    ...customer.customFields.map(({ name, value }) => [`customFields.${name}`, value] as const),
    ...customer.extendedFields.map(({ name, value }) => [`extendedFields.${name}`, value] as const),
    ...customer.subscriptions.map(
      ({ channel, priority, status }) => [`subscriptions.${channel}.${priority}`, status] as const,
    ),
    ['fraudStatus', customer.fraudStatus],
    ['lifetimePurchases', customer.lifetimePurchases],
    ...customer.pointsSummaries.flatMap(summaryRows),
    ...customer.merges.map(({ id, victimId }) => [`merges.${id}`, victimId] as const),
    ['updatedOn', customer.updatedOn],
  ];
  return rows.flatMap(([path, value]) => (value === null ? [] : [[path, String(value)] as const]));
}

function summaryRows(summary: CustomerPartsFragment['pointsSummaries'][number]): (readonly [string, string | null])[] {
  const { programId, ...figures } = summary;
  return Object.entries(figures).map(([name, value]) => [`pointsSummaries.${programId}.${name}`, value]);
}
