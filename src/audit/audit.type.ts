import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { PageInfoType } from '../graphql/page-info.type.js';
import { DateTime } from '../graphql/scalars.js';
import { AuditAction } from './audit-event.js';
import { ChangeRule } from './field-change.js';

registerEnumType(ChangeRule, {
  name: 'ChangeRule',
  description:
    'Why a value changed. REQUEST and SIDE_EFFECT come from the update itself, UNDO from undoCustomerMerge, ERASED from an erasure of all that is known of the person, the others are the merge rules.',
});
registerEnumType(AuditAction, { name: 'AuditAction' });

@ObjectType('FieldChange', { simpleResolvers: true })
export class FieldChangeType {
  @Field(() => String, {
    description: 'mobile, firstname, customFields.age, subscriptions.SMS.BULK, pointsSummaries.1016.redeemed …',
  })
  field: string;

  @Field(() => String, { nullable: true })
  previous: string | null;

  @Field(() => String, { nullable: true })
  current: string | null;

  @Field(() => ChangeRule)
  rule: ChangeRule;
}

@ObjectType('UserContext', { simpleResolvers: true, description: 'For whom the client said that it acts.' })
export class UserContextType {
  @Field(() => String, { nullable: true })
  entityType: string | null;

  @Field(() => String, { nullable: true })
  entityId: string | null;

  @Field(() => String, { nullable: true })
  source: string | null;

  @Field(() => String, { nullable: true })
  sourceId: string | null;
}

@ObjectType('AuditEvent', { simpleResolvers: true })
export class AuditEventType {
  @Field(() => ID)
  id: string;

  @Field(() => ID, { description: "Whose event it is: the customer's own, or one of an account merged into it." })
  customerId: number;

  @Field(() => DateTime)
  at: number;

  @Field(() => AuditAction)
  action: AuditAction;

  @Field(() => Int, { description: "The customer's version that this event led to." })
  version: number;

  @Field(() => String)
  requestId: string;

  @Field(() => String)
  client: string;

  @Field(() => String, { nullable: true })
  tillCode: string | null;

  @Field(() => UserContextType, { nullable: true })
  userContext: UserContextType | null;

  @Field(() => [FieldChangeType])
  changes: readonly FieldChangeType[];

  @Field(() => ID, { nullable: true })
  mergeId: string | null;
}

@ObjectType('AuditEdge', { simpleResolvers: true })
export class AuditEdgeType {
  @Field(() => String)
  cursor: string;

  @Field(() => AuditEventType)
  node: AuditEventType;
}

@ObjectType('AuditConnection', { simpleResolvers: true })
export class AuditConnectionType {
  @Field(() => [AuditEdgeType])
  edges: AuditEdgeType[];

  @Field(() => PageInfoType)
  pageInfo: PageInfoType;
}
