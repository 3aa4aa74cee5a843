import { Field, ID, InputType, Int, registerEnumType } from 'type-graphql';
import { DateTime } from '../../graphql/scalars.js';
import { Channel, FraudStatus, LoyaltyType, Priority, SubscriptionStatus } from '../account.js';

/** The most customers that one request may update. */
export const mostItems = 100;

export const InvalidFieldPolicy = { REJECT: 'REJECT', SKIP: 'SKIP' } as const;
export type InvalidFieldPolicy = (typeof InvalidFieldPolicy)[keyof typeof InvalidFieldPolicy];

registerEnumType(InvalidFieldPolicy, {
  name: 'InvalidFieldPolicy',
  description:
    'What a custom or extended field that is unknown or has an invalid value does: fail the update, or be left out with a warning.',
});

@InputType({ description: 'One custom or extended field. A null value clears it; a missing value is a fault.' })
export class FieldValueInput {
  @Field(() => String)
  name: string;

  @Field(() => String, { nullable: true })
  value?: string | null;
}

@InputType({ description: 'Sets one channel and priority; those that are not named stay as they are.' })
export class SubscriptionInput {
  @Field(() => Channel)
  channel: Channel;

  @Field(() => Priority)
  priority: Priority;

  @Field(() => SubscriptionStatus, { defaultValue: SubscriptionStatus.SUBSCRIBED })
  status: SubscriptionStatus;
}

@InputType({
  description: 'Who, what and how. Omitted leaves a value as it is; null clears it where it can be cleared.',
})
export class UpdateCustomerInput {
  @Field(() => ID, {
    nullable: true,
    description: "The customer's own number. Of id, mobile, email and externalId, at least one.",
  })
  id?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'With country code, as dialled in the default country, or as an answer showed it.',
  })
  mobile?: string | null;

  @Field(() => String, { nullable: true })
  email?: string | null;

  @Field(() => String, { nullable: true })
  externalId?: string | null;

  @Field(() => String, { nullable: true })
  firstname?: string | null;

  @Field(() => String, { nullable: true })
  lastname?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'At most 24 hours ahead of now. Cannot be cleared.' })
  registeredOn?: string | null;

  @Field(() => String, { nullable: true, description: "A till's code. Cannot be cleared." })
  registeredTill?: string | null;

  @Field(() => String, { nullable: true, description: "A till's code." })
  associatedWith?: string | null;

  @Field(() => LoyaltyType, { nullable: true, description: 'LOYALTY enrols. There is no way back to NON_LOYALTY.' })
  type?: LoyaltyType | null;

  @Field(() => [FieldValueInput], { nullable: true })
  customFields?: FieldValueInput[] | null;

  @Field(() => [FieldValueInput], { nullable: true })
  extendedFields?: FieldValueInput[] | null;

  @Field(() => [SubscriptionInput], { nullable: true })
  subscriptions?: SubscriptionInput[] | null;

  @Field(() => FraudStatus, { nullable: true })
  fraudStatus?: FraudStatus | null;

  @Field(() => Int, {
    nullable: true,
    description: 'The update is refused unless the customer still has this version.',
  })
  expectedVersion?: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'The planHash of a preview: the update is refused with PLAN_CHANGED unless it would do exactly that.',
  })
  expectedPlanHash?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'A name for this update, 1 to 255 characters: sent again with the same input, it answers as before and does nothing twice.',
  })
  idempotencyKey?: string | null;

  @Field(() => InvalidFieldPolicy, { nullable: true, defaultValue: InvalidFieldPolicy.REJECT })
  invalidFields?: InvalidFieldPolicy | null;
}
