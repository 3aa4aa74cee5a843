import { Extensions, Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { FieldChangeType } from '../../audit/audit.type.js';
import { Decimal } from '../../graphql/scalars.js';
import { sizedByInput } from '../../graphql/sized-by.js';
import type { Organization } from '../../organization/organization.js';
import { CustomerErrorType, CustomerWarningType } from '../customer-error.type.js';
import { CustomerType } from '../customer.type.js';
import type { Outcome } from '../engine/plan-item.js';
import { CustomerMergeType } from '../merge/merge.type.js';
import { presentCustomer } from '../present-customer.js';

const SideEffectKind = { POINTS: 'POINTS' } as const;
type SideEffectKind = (typeof SideEffectKind)[keyof typeof SideEffectKind];

registerEnumType(SideEffectKind, { name: 'SideEffectType' });

@ObjectType('SideEffect', { simpleResolvers: true })
export class SideEffectType {
  @Field(() => SideEffectKind)
  type: SideEffectKind;

  @Field(() => String)
  rule: string;

  @Field(() => ID)
  programId: string;

  @Field(() => Decimal)
  awardedPoints: bigint;

  @Field(() => Decimal, { description: "The program's loyaltyPoints after it." })
  totalPoints: bigint;
}

@ObjectType({ simpleResolvers: true })
export class UpdateCustomerPayload {
  @Field(() => Boolean)
  success: boolean;

  @Field(() => Int)
  total: number;

  @Field(() => Int)
  successCount: number;

  @Field(() => CustomerType, { nullable: true, description: 'The customer after the update; null where it failed.' })
  customer: CustomerType | null;

  @Field(() => [CustomerMergeType], {
    description: 'Accounts that this update merged, in the order in which they were merged.',
  })
  merges: readonly CustomerMergeType[];

  @Field(() => [FieldChangeType], {
    description: 'Every value that this update changed on the surviving customer, from merges too.',
  })
  @Extensions(sizedByInput)
  changes: readonly FieldChangeType[];

  @Field(() => [SideEffectType])
  sideEffects: readonly SideEffectType[];

  @Field(() => [CustomerWarningType])
  @Extensions(sizedByInput)
  warnings: readonly CustomerWarningType[];

  @Field(() => [CustomerErrorType])
  @Extensions(sizedByInput)
  errors: readonly CustomerErrorType[];

  @Field(() => String, {
    nullable: true,
    description: 'Identifies what this update decided, for expectedPlanHash; null where it failed.',
  })
  planHash: string | null;

  @Field(() => Boolean, {
    description: 'True where an earlier call with the same idempotencyKey did the work and this answer repeats it.',
  })
  replayed: boolean;
}

@ObjectType({ simpleResolvers: true })
export class UpdateCustomersPayload {
  @Field(() => Int)
  total: number;

  @Field(() => Int)
  successCount: number;

  @Field(() => [UpdateCustomerPayload])
  results: readonly UpdateCustomerPayload[];
}

/** What the engine decided, as the API answers it. A refused item has its errors as data, and nothing else. */
export function updatePayload(outcome: Outcome, organization: Organization): UpdateCustomerPayload {
  if (outcome.kind === 'refused') {
    return {
      success: false,
      total: 1,
      successCount: 0,
      customer: null,
      merges: [],
      changes: [],
      sideEffects: [],
      warnings: [],
      errors: outcome.errors,
      planHash: null,
      replayed: false,
    };
  }
  return {
    success: true,
    total: 1,
    successCount: 1,
    customer: presentCustomer(outcome.customer, organization, outcome.previewed),
    merges: outcome.merges,
    changes: outcome.changes,
    sideEffects: outcome.sideEffects.map((effect) => ({ type: SideEffectKind.POINTS, ...effect })),
    warnings: outcome.warnings,
    errors: [],
    planHash: outcome.planHash,
    replayed: outcome.replayed,
  };
}
