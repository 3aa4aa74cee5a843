import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { CustomerErrorCode, CustomerWarningCode } from './customer-error.js';

registerEnumType(CustomerErrorCode, { name: 'CustomerErrorCode' });
registerEnumType(CustomerWarningCode, { name: 'CustomerWarningCode' });

@ObjectType('CustomerError', { simpleResolvers: true, description: 'A fault of the input; nothing was stored.' })
export class CustomerErrorType {
  @Field(() => CustomerErrorCode)
  code: CustomerErrorCode;

  @Field(() => String)
  message: string;

  @Field(() => [String], { description: 'The path inside the input, such as customFields, 1, value.' })
  field: readonly string[];

  @Field(() => Int, { description: "The v1.1 API's number for it." })
  legacyCode: number;
}

@ObjectType('CustomerWarning', { simpleResolvers: true })
export class CustomerWarningType {
  @Field(() => CustomerWarningCode)
  code: CustomerWarningCode;

  @Field(() => String)
  message: string;

  @Field(() => [String])
  field: readonly string[];

  @Field(() => Int)
  legacyCode: number;
}
