import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Decimal } from '../graphql/scalars.js';
import { IdentifierType } from '../values/identifier-type.js';
import { FieldType } from './field-value.js';

registerEnumType(FieldType, { name: 'FieldType' });

@ObjectType('OrganizationConfig', { simpleResolvers: true })
export class OrganizationConfigType {
  @Field(() => String)
  key: string;

  @Field(() => String)
  value: string;
}

@ObjectType('FieldDefinition', { simpleResolvers: true })
export class FieldDefinitionType {
  @Field(() => String)
  name: string;

  @Field(() => String, { nullable: true })
  label: string | null;

  @Field(() => FieldType)
  type: FieldType;

  @Field(() => [String], { nullable: true })
  options: readonly string[] | null;

  @Field(() => Int, { nullable: true })
  maxLength: number | null;

  @Field(() => String, { nullable: true })
  pattern: string | null;
}

@ObjectType('Till', { simpleResolvers: true })
export class TillType {
  @Field(() => String)
  code: string;

  @Field(() => String)
  name: string;
}

@ObjectType('Slab', { simpleResolvers: true })
export class SlabType {
  @Field(() => Int)
  serialNumber: number;

  @Field(() => String)
  name: string;

  @Field(() => String, { nullable: true })
  description: string | null;
}

@ObjectType('LoyaltyProgram', { simpleResolvers: true })
export class LoyaltyProgramType {
  @Field(() => ID)
  id: string;

  @Field(() => String)
  name: string;

  @Field(() => Boolean)
  default: boolean;

  @Field(() => [SlabType])
  slabs: readonly SlabType[];
}

@ObjectType('RewardRule', { simpleResolvers: true })
export class RewardRuleType {
  @Field(() => String)
  name: string;

  @Field(() => ID)
  programId: string;

  @Field(() => Decimal)
  points: bigint;

  @Field(() => [String])
  fields: readonly string[];
}

@ObjectType('Organization', { simpleResolvers: true })
export class OrganizationType {
  @Field(() => ID)
  id: string;

  @Field(() => String)
  name: string;

  @Field(() => String, { nullable: true })
  defaultCountry: string | null;

  @Field(() => String)
  timeZone: string;

  @Field(() => IdentifierType)
  primaryIdentifier: IdentifierType;

  @Field(() => [OrganizationConfigType])
  configs: readonly OrganizationConfigType[];

  @Field(() => [FieldDefinitionType])
  customFields: readonly FieldDefinitionType[];

  @Field(() => [FieldDefinitionType])
  extendedFields: readonly FieldDefinitionType[];

  @Field(() => [TillType])
  tills: readonly TillType[];

  @Field(() => [LoyaltyProgramType])
  programs: readonly LoyaltyProgramType[];

  @Field(() => [RewardRuleType])
  rewardRules: readonly RewardRuleType[];
}
