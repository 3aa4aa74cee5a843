import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime, Decimal } from '../graphql/scalars.js';
import { PointsSummaryType } from '../points/points.type.js';
import { IdentifierType } from '../values/identifier-type.js';
import { type Account, Channel, FraudStatus, LoyaltyType, Priority, SubscriptionStatus } from './account.js';
import type { MergeDraft } from './plan.js';

registerEnumType(IdentifierType, { name: 'IdentifierType' });
registerEnumType(LoyaltyType, { name: 'LoyaltyType' });
registerEnumType(FraudStatus, { name: 'FraudStatus' });
registerEnumType(Channel, { name: 'Channel' });
registerEnumType(Priority, { name: 'Priority' });
registerEnumType(SubscriptionStatus, {
  name: 'SubscriptionStatus',
  description: 'UNSUBSCRIBED is 0 and SUBSCRIBED is 1 in v1.1.',
});

@ObjectType('CustomerIdentifier', { simpleResolvers: true })
export class CustomerIdentifierType {
  @Field(() => IdentifierType)
  type: IdentifierType;

  @Field(() => String)
  value: string;
}

@ObjectType('FieldValue', { simpleResolvers: true })
export class FieldValueType {
  @Field(() => String)
  name: string;

  @Field(() => String)
  value: string;
}

@ObjectType('Subscription', { simpleResolvers: true })
export class SubscriptionType {
  @Field(() => Channel)
  channel: Channel;

  @Field(() => Priority)
  priority: Priority;

  @Field(() => SubscriptionStatus)
  status: SubscriptionStatus;
}

/** What its merges, audit log and ledger are read by: as they were when it was at this state, not what came after. */
export type StoredCustomer = Pick<Account, 'organizationId' | 'id' | 'mergedIds' | 'lastSequence'>;

/** Merges, audit log and ledger are read when they are asked for: see customer.resolver.ts. */
@ObjectType('Customer', { simpleResolvers: true })
export class CustomerType {
  stored: StoredCustomer;
  /** Merges that a preview decided, which are stored nowhere. */
  previewedMerges: readonly MergeDraft[];

  @Field(() => ID)
  userId: number;

  @Field(() => Int, { description: 'Grows with each stored change.' })
  version: number;

  @Field(() => String, { nullable: true })
  firstname: string | null;

  @Field(() => String, { nullable: true })
  lastname: string | null;

  @Field(() => String, { nullable: true, description: 'Digits with country code, without a plus.' })
  mobile: string | null;

  @Field(() => String, { nullable: true })
  email: string | null;

  @Field(() => String, { nullable: true })
  externalId: string | null;

  @Field(() => [CustomerIdentifierType], {
    description: 'Further identifiers, inherited through merges, that also find this customer.',
  })
  aliases: readonly CustomerIdentifierType[];

  @Field(() => LoyaltyType)
  type: LoyaltyType;

  @Field(() => FraudStatus)
  fraudStatus: FraudStatus;

  @Field(() => DateTime, { nullable: true })
  registeredOn: number | null;

  @Field(() => String, { nullable: true })
  registeredTill: string | null;

  @Field(() => String, { nullable: true })
  associatedWith: string | null;

  @Field(() => DateTime)
  updatedOn: number;

  @Field(() => Decimal)
  lifetimePoints: bigint;

  @Field(() => Decimal)
  loyaltyPoints: bigint;

  @Field(() => Decimal)
  lifetimePurchases: bigint;

  @Field(() => String, { nullable: true })
  currentSlab: string | null;

  @Field(() => DateTime, { nullable: true })
  tierExpiryDate: number | null;

  @Field(() => [PointsSummaryType])
  pointsSummaries: PointsSummaryType[];

  @Field(() => [FieldValueType])
  customFields: FieldValueType[];

  @Field(() => [FieldValueType])
  extendedFields: FieldValueType[];

  @Field(() => [SubscriptionType])
  subscriptions: SubscriptionType[];
}
