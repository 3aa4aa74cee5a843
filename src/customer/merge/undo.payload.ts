import { Field, ObjectType } from 'type-graphql';
import { FieldChangeType } from '../../audit/audit.type.js';
import { CustomerErrorType } from '../customer-error.type.js';
import { CustomerType } from '../customer.type.js';

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
