import type { PointsSummary } from '../points/figures.js';
import { identifierTypes, type IdentifierType } from '../values/identifier-type.js';
import type { Instant } from '../values/instant.js';
import type { Thousandths } from '../values/decimal.js';

export const LoyaltyType = { LOYALTY: 'LOYALTY', NON_LOYALTY: 'NON_LOYALTY' } as const;
export type LoyaltyType = (typeof LoyaltyType)[keyof typeof LoyaltyType];

export const FraudStatus = { CONFIRMED: 'CONFIRMED', NONE: 'NONE' } as const;
export type FraudStatus = (typeof FraudStatus)[keyof typeof FraudStatus];

export const Channel = { SMS: 'SMS', EMAIL: 'EMAIL' } as const;
export type Channel = (typeof Channel)[keyof typeof Channel];

export const Priority = { TRANS: 'TRANS', BULK: 'BULK' } as const;
export type Priority = (typeof Priority)[keyof typeof Priority];

export const SubscriptionStatus = { UNSUBSCRIBED: 'UNSUBSCRIBED', SUBSCRIBED: 'SUBSCRIBED' } as const;
export type SubscriptionStatus = (typeof SubscriptionStatus)[keyof typeof SubscriptionStatus];

export interface Identifier {
  readonly type: IdentifierType;
  readonly value: string;
}

export interface SubscriptionState {
  readonly status: SubscriptionStatus;
  /** The standing merge that set it; null once a request has named it. */
  readonly mergeId: string | null;
}

export type SubscriptionKey = `${Channel}.${Priority}`;

/** Every channel and priority, in the order of answers. */
export const subscriptionKeys: readonly SubscriptionKey[] = Object.values(Channel).flatMap((channel) =>
  Object.values(Priority).map((priority): SubscriptionKey => `${channel}.${priority}`),
);

export type FieldValues = ReadonlyMap<string, string>;

/**
 * All that is stored of one customer, live or merged away. Never changed in place: a plan makes new ones, so that the
 * one before stays for comparison, for undo, and for the next item when this one is refused.
 */
export interface Account {
  readonly organizationId: string;
  readonly id: number;
  readonly version: number;
  /** The live customer that this one was merged into. */
  readonly mergedInto: number | null;
  /** The customers whose mergedInto is this one. */
  readonly mergedIds: readonly number[];
  readonly identifiers: Readonly<Record<IdentifierType, string | null>>;
  readonly aliases: readonly Identifier[];
  readonly firstname: string | null;
  readonly lastname: string | null;
  readonly type: LoyaltyType;
  readonly fraudStatus: FraudStatus;
  /** The standing merge that set the fraud status; null once a request has named it. */
  readonly fraudMergeId: string | null;
  readonly registeredOn: Instant | null;
  readonly registeredTill: string | null;
  readonly associatedWith: string | null;
  readonly updatedOn: Instant;
  readonly lifetimePurchases: Thousandths;
  readonly customFields: FieldValues;
  readonly extendedFields: FieldValues;
  readonly subscriptions: ReadonlyMap<SubscriptionKey, SubscriptionState>;
  /** By program id. */
  readonly summaries: ReadonlyMap<string, PointsSummary>;
  /** Names of the reward rules that this customer, or an account merged into it, has had. */
  readonly rewardsHad: ReadonlySet<string>;
  /** The greatest sequence of its audit events and ledger entries. */
  readonly lastSequence: number;
}

/** A customer's own identifiers and its aliases: everything that finds it, but for its id. */
export function identifiersOf(account: Pick<Account, 'identifiers' | 'aliases'>): Identifier[] {
  const own = identifierTypes.flatMap((type) => {
    const value = account.identifiers[type];
    return value === null ? [] : [{ type, value }];
  });
  return [...own, ...account.aliases];
}

/** The same text for the same identifier. */
export const identifierKey = ({ type, value }: Identifier): string => `${type} ${value}`;
