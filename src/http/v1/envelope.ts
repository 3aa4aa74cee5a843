import type { UpdateCustomerPayload } from '../../customer/update/update.payload.js';
import type { CustomerType } from '../../customer/customer.type.js';
import { NULL_CLEARS } from '../../customer/customer-error.js';
import { readCustomerId } from '../../customer/update/resolve-target.js';
import type { UpdateCustomerInput } from '../../customer/update/update.input.js';
import type { Organization } from '../../organization/organization.js';
import { FieldType } from '../../organization/field-value.js';
import type { FieldDefinition } from '../../organization/organization.js';
import type { PointsSummaryType } from '../../points/points.type.js';
import { formatDecimal, type Thousandths } from '../../values/decimal.js';
import { formatLocalInstant, readInstant, type Instant } from '../../values/instant.js';
import { NO_ID, NO_TEXT } from './given.js';
import type { RequestFault } from './request-fault.js';

/** An item with what became of it. */
export interface AnsweredItem {
  readonly input: UpdateCustomerInput;
  readonly payload: UpdateCustomerPayload;
}

/** The answer of a request whose items were run, in the shape and the types of v1.1. */
export function envelope(items: readonly AnsweredItem[], organization: Organization): object {
  const succeeded = items.filter(({ payload }) => payload.success).length;
  return {
    response: {
      status: status(succeeded > 0, ...overall(succeeded, items.length), items.length, succeeded),
      customers: {
        customer: items.map(({ input, payload }) =>
          payload.customer === null
            ? failedCustomer(input, payload)
            : updatedCustomer(payload.customer, payload, organization),
        ),
      },
    },
  };
}

/** The answer of a request that was refused as a whole. */
export function refusalEnvelope({ code, message, total }: RequestFault): object {
  return { response: { status: status(false, code, message, total, 0) } };
}

function overall(succeeded: number, total: number): [code: number, message: string] {
  if (succeeded === total) return [200, 'Success'];
  return succeeded > 0
    ? [201, 'Some requests have failed due to errors']
    : [500, 'All requests have failed due to errors'];
}

const status = (success: boolean, code: number, message: string, total: number, succeeded: number): object => ({
  success: String(success),
  code,
  message,
  total: String(total),
  success_count: String(succeeded),
});

const itemStatus = (success: boolean, code: number, message: string, warnings: readonly number[]): object => ({
  success: String(success),
  code: String(code),
  message,
  warnings: { warning: warnings.map(String) },
});

/** The identifiers as they were given, those that can't be shown as such left out, and the first error. */
function failedCustomer(
  { id, mobile, email, externalId }: UpdateCustomerInput,
  payload: UpdateCustomerPayload,
): object {
  const [error] = payload.errors;
  if (error === undefined) throw new Error('An update that failed has no error');
  const identifiers = {
    user_id: typeof id === 'string' && id !== NO_ID ? (readCustomerId(id) ?? id) : undefined,
    mobile,
    email,
    external_id: externalId,
  };
  const given = Object.entries(identifiers).filter(([, value]) => value !== undefined && value !== NO_TEXT);
  return { ...Object.fromEntries(given), item_status: itemStatus(false, error.legacyCode, errorInWords(error), []) };
}

interface Told {
  readonly message: string;
}

const warningInWords = ({ message }: Told): string => message.replace(NULL_CLEARS, '');

/** Not in warnings: they name the organization's own fields, one of which may be spelled so. */
const spelledHere = new Map([
  ['externalId', 'external_id'],
  ['registeredOn', 'registered_on'],
  ['registeredTill', 'registered_till'],
  ['associatedWith', 'associated_with'],
  ['customFields', 'custom_fields'],
  ['extendedFields', 'extended_fields'],
]);

const errorInWords = (error: Told): string =>
  warningInWords(error).replace(/\w+/g, (word) => spelledHere.get(word) ?? word);

function updatedCustomer(customer: CustomerType, payload: UpdateCustomerPayload, organization: Organization): object {
  const localTime = (instant: Instant | null) =>
    instant === null ? null : formatLocalInstant(instant, organization.timeZone);
  const warnings = payload.warnings.map(({ legacyCode }) => legacyCode);
  const texts = payload.warnings.map(warningInWords);
  return {
    user_id: customer.userId,
    firstname: customer.firstname,
    lastname: customer.lastname,
    mobile: customer.mobile,
    email: customer.email,
    external_id: customer.externalId,
    lifetime_points: number(customer.lifetimePoints),
    loyalty_points: number(customer.loyaltyPoints),
    lifetime_purchases: number(customer.lifetimePurchases),
    current_slab: customer.currentSlab ?? noSlab,
    tier_expiry_date: localTime(customer.tierExpiryDate),
    points_summaries: {
      points_summary: customer.pointsSummaries.map((summary) => pointsSummary(summary, localTime)),
    },
    registered_on: localTime(customer.registeredOn),
    updated_on: localTime(customer.updatedOn),
    type: customer.type,
    source: 'instore',
    fraud_status: customer.fraudStatus,
    reason: '',
    custom_fields: { field: fields(customer.customFields, organization.customFields, organization.timeZone) },
    extended_fields: { field: fields(customer.extendedFields, organization.extendedFields, organization.timeZone) },
    subscriptions: {
      subscription: customer.subscriptions.map(({ channel, priority, status: state }) => ({
        channel,
        priority,
        scope: 'ALL',
        status: state === 'SUBSCRIBED' ? '1' : '0',
      })),
    },
    side_effects: {
      effect: payload.sideEffects.map(({ awardedPoints, totalPoints }) => ({
        type: 'points',
        awarded_points: number(awardedPoints),
        total_points: number(totalPoints),
      })),
    },
    item_status: itemStatus(true, 1000, ['Customer successfully updated', ...texts].join(', '), warnings),
  };
}

const noSlab = 'NONE';

/** Exact: a Decimal has 15 digits, which a number keeps. */
const number = (figure: Thousandths): number => Number(formatDecimal(figure));

function pointsSummary(summary: PointsSummaryType, localTime: (instant: Instant | null) => string | null): object {
  return {
    programId: summary.programId,
    redeemed: formatDecimal(summary.redeemed),
    expired: formatDecimal(summary.expired),
    returned: formatDecimal(summary.returned),
    adjusted: formatDecimal(summary.adjusted),
    lifetimePoints: formatDecimal(summary.lifetimePoints),
    loyaltyPoints: formatDecimal(summary.loyaltyPoints),
    cumulativePurchases: formatDecimal(summary.cumulativePurchases),
    currentSlab: summary.currentSlab ?? noSlab,
    nextSlab: summary.nextSlab ?? '',
    nextSlabSerialNumber: String(summary.nextSlabSerialNumber ?? -1),
    nextSlabDescription: summary.nextSlabDescription ?? '',
    slabSNo: String(summary.slabSNo ?? ''),
    slabExpiryDate: localTime(summary.slabExpiryDate),
    totalPoints: '',
  };
}

/** Values as they are stored, but for instants, which v1.1 has in local time everywhere. */
function fields(
  values: CustomerType['customFields'],
  definitions: readonly FieldDefinition[],
  timeZone: string,
): object[] {
  return values.map(({ name, value }) => {
    const type = definitions.find((definition) => definition.name === name)?.type;
    const instant = type === FieldType.DATETIME ? readInstant(value, timeZone) : null;
    return { name, value: instant === null ? value : formatLocalInstant(instant, timeZone) };
  });
}
