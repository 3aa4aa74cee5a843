import { Field, ObjectType } from 'type-graphql';
import { FieldChangeType } from '../../audit/audit.type.js';
import type { Organization } from '../../organization/organization.js';
import { CustomerErrorType } from '../customer-error.type.js';
import { CustomerType } from '../customer.type.js';
import type { Refusal, UndoPlan } from '../plan.js';
import { presentCustomer } from '../present-customer.js';

@ObjectType({ simpleResolvers: true })
export class UndoCustomerMergePayload {
  @Field(() => Boolean)
  success: boolean;

  @Field(() => CustomerType, { nullable: true, description: 'The customer that had been merged away, restored.' })
  restored: CustomerType | null;

  @Field(() => CustomerType, { nullable: true, description: 'The customer that had survived.' })
  survivor: CustomerType | null;

  @Field(() => [FieldChangeType], { description: 'What went back on the survivor.' })
  changes: readonly FieldChangeType[];

  @Field(() => [FieldChangeType], {
    description:
      "What the merge had brought and the undo left, because a request changed or named it: previous is what the merge found, current what stands, rule the merge's.",
  })
  kept: readonly FieldChangeType[];

  @Field(() => [CustomerErrorType])
  errors: readonly CustomerErrorType[];
}

/** What an undo decided, as the API answers it; a refused one has its errors as data, and nothing else. */
export function undoPayload(outcome: UndoPlan | Refusal, organization: Organization): UndoCustomerMergePayload {
  if (outcome.kind === 'refused') {
    return { success: false, restored: null, survivor: null, changes: [], kept: [], errors: outcome.errors };
  }
  return {
    success: true,
    restored: presentCustomer(outcome.restored, organization),
    survivor: presentCustomer(outcome.survivor, organization),
    changes: outcome.changes,
    kept: outcome.kept,
    errors: [],
  };
}
