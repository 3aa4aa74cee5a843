import { Field, ID, ObjectType } from 'type-graphql';
import { FieldChangeType } from '../../audit/audit.type.js';
import { DateTime, Decimal } from '../../graphql/scalars.js';
import { CustomerIdentifierType } from '../customer.type.js';

@ObjectType('MergedBalance', {
  simpleResolvers: true,
  description: "programId is null and figure is lifetimePurchases for the customer's own total.",
})
export class MergedBalanceType {
  @Field(() => ID, { nullable: true })
  programId: string | null;

  @Field(() => String)
  figure: string;

  @Field(() => Decimal)
  survivorBefore: bigint;

  @Field(() => Decimal)
  victimBefore: bigint;

  @Field(() => Decimal)
  after: bigint;
}

@ObjectType('CustomerMerge', { simpleResolvers: true })
export class CustomerMergeType {
  @Field(() => ID)
  id: string;

  @Field(() => ID)
  survivorId: number;

  @Field(() => ID)
  victimId: number;

  @Field(() => [CustomerIdentifierType], { description: 'The identifiers in the request that belonged to the victim.' })
  matchedOn: readonly CustomerIdentifierType[];

  @Field(() => [FieldChangeType], { description: 'What the merge changed on the survivor, and by which rule.' })
  changes: readonly FieldChangeType[];

  @Field(() => [MergedBalanceType], {
    description:
      'For each program and figure: both sides before, and the survivor after. survivorBefore + victimBefore = after.',
  })
  balances: readonly MergedBalanceType[];

  @Field(() => DateTime)
  mergedAt: number;

  @Field(() => DateTime, { nullable: true })
  undoneAt: number | null;
}
