/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
export type LoyaltyType =
  | 'LOYALTY'
  | 'NON_LOYALTY';

export type FraudStatus =
  | 'CONFIRMED'
  | 'NONE';

export type Channel =
  | 'SMS'
  | 'EMAIL';

export type Priority =
  | 'TRANS'
  | 'BULK';

/** UNSUBSCRIBED is 0 and SUBSCRIBED is 1 in v1.1. */
export type SubscriptionStatus =
  | 'UNSUBSCRIBED'
  | 'SUBSCRIBED';

/** Why a value changed. REQUEST and SIDE_EFFECT come from the update itself, UNDO from undoCustomerMerge, ERASED from an erasure of all that is known of the person, the others are the merge rules. */
export type ChangeRule =
  | 'REQUEST'
  | 'SIDE_EFFECT'
  | 'UNDO'
  | 'FILLED'
  | 'EARLIEST'
  | 'SUMMED'
  | 'HIGHER_SLAB'
  | 'OPT_OUT_WINS'
  | 'FRAUD_WINS'
  | 'OVERWRITTEN'
  | 'ALIAS'
  | 'ERASED';

export type CustomerErrorCode =
  | 'NO_IDENTIFIER'
  | 'INVALID_INPUT'
  | 'INVALID_MOBILE'
  | 'INVALID_EMAIL'
  | 'INVALID_EXTERNAL_ID'
  | 'CUSTOMER_NOT_FOUND'
  | 'PRIMARY_IDENTIFIER_MISMATCH'
  | 'PRIMARY_IDENTIFIER_IMMUTABLE'
  | 'IDENTIFIER_ALREADY_SET'
  | 'IDENTIFIER_UPDATE_DISABLED'
  | 'IDENTIFIER_TAKEN'
  | 'LOYALTY_DOWNGRADE'
  | 'LOYALTY_IDENTIFIER_REQUIRED'
  | 'REGISTRATION_DATE_OUT_OF_RANGE'
  | 'TILL_NOT_FOUND'
  | 'CUSTOM_FIELD_INVALID'
  | 'EXTENDED_FIELD_INVALID'
  | 'VERSION_CONFLICT'
  | 'PLAN_CHANGED'
  | 'IDEMPOTENCY_KEY_REUSED'
  | 'MERGE_BLOCKED'
  | 'MERGE_NOT_FOUND'
  | 'MERGE_ALREADY_UNDONE'
  | 'MERGE_UNDO_CONFLICT'
  | 'MERGE_UNDO_EXPIRED';

/** Who, what and how. Omitted leaves a value as it is; null clears it where it can be cleared. */
export type UpdateCustomerInput = {
  /** The customer's own number. Of id, mobile, email and externalId, at least one. */
  id?: string | number | null | undefined;
  /** With country code, as dialled in the default country, or as an answer showed it. */
  mobile?: string | null | undefined;
  email?: string | null | undefined;
  externalId?: string | null | undefined;
  firstname?: string | null | undefined;
  lastname?: string | null | undefined;
  /** At most 24 hours ahead of now. Cannot be cleared. */
  registeredOn?: string | null | undefined;
  /** A till's code. Cannot be cleared. */
  registeredTill?: string | null | undefined;
  /** A till's code. */
  associatedWith?: string | null | undefined;
  /** LOYALTY enrols. There is no way back to NON_LOYALTY. */
  type?: LoyaltyType | null | undefined;
  customFields?: Array<FieldValueInput> | null | undefined;
  extendedFields?: Array<FieldValueInput> | null | undefined;
  subscriptions?: Array<SubscriptionInput> | null | undefined;
  fraudStatus?: FraudStatus | null | undefined;
  /** The update is refused unless the customer still has this version. */
  expectedVersion?: number | null | undefined;
  /** The planHash of a preview: the update is refused with PLAN_CHANGED unless it would do exactly that. */
  expectedPlanHash?: string | null | undefined;
  /** A name for this update, 1 to 255 characters: sent again with the same input, it answers as before and does nothing twice. */
  idempotencyKey?: string | null | undefined;
  invalidFields?: InvalidFieldPolicy | null | undefined;
};

/** One custom or extended field. A null value clears it; a missing value is a fault. */
export type FieldValueInput = {
  name: string;
  value?: string | null | undefined;
};

/** Sets one channel and priority; those that are not named stay as they are. */
export type SubscriptionInput = {
  channel: Channel;
  priority: Priority;
  status?: SubscriptionStatus;
};

/** What a custom or extended field that is unknown or has an invalid value does: fail the update, or be left out with a warning. */
export type InvalidFieldPolicy =
  | 'REJECT'
  | 'SKIP';

export type CustomerCardFragment = { userId: string, version: number, firstname: string | null, lastname: string | null, mobile: string | null, email: string | null, type: LoyaltyType, loyaltyPoints: string, currentSlab: string | null };

export type FindCustomerQueryVariables = Exact<{
  id?: string | number | null | undefined;
  mobile?: string | null | undefined;
  email?: string | null | undefined;
  externalId?: string | null | undefined;
}>;


export type FindCustomerQuery = { customer: { userId: string, version: number, firstname: string | null, lastname: string | null, mobile: string | null, email: string | null, type: LoyaltyType, loyaltyPoints: string, currentSlab: string | null, merges: Array<{ id: string }> } | null };

export type PreviewUpdateQueryVariables = Exact<{
  input: UpdateCustomerInput;
}>;


export type PreviewUpdateQuery = { previewCustomerUpdate: { success: boolean, planHash: string | null, merges: Array<{ survivorId: string, victimId: string }>, changes: Array<{ field: string, previous: string | null, current: string | null, rule: ChangeRule }>, errors: Array<{ code: CustomerErrorCode, message: string, field: Array<string> }> } };

export type UpdateCustomerMutationVariables = Exact<{
  input: UpdateCustomerInput;
}>;


export type UpdateCustomerMutation = { updateCustomer: { success: boolean, replayed: boolean, customer: { userId: string, version: number, firstname: string | null, lastname: string | null, mobile: string | null, email: string | null, type: LoyaltyType, loyaltyPoints: string, currentSlab: string | null } | null, merges: Array<{ id: string, survivorId: string, victimId: string }>, errors: Array<{ code: CustomerErrorCode, message: string, field: Array<string> }> } };

export type UndoMergeMutationVariables = Exact<{
  mergeId: string | number;
}>;


export type UndoMergeMutation = { undoCustomerMerge: { success: boolean, restored: { userId: string, version: number, firstname: string | null, lastname: string | null, mobile: string | null, email: string | null, type: LoyaltyType, loyaltyPoints: string, currentSlab: string | null } | null, survivor: { userId: string, version: number, firstname: string | null, lastname: string | null, mobile: string | null, email: string | null, type: LoyaltyType, loyaltyPoints: string, currentSlab: string | null } | null, errors: Array<{ code: CustomerErrorCode, message: string, field: Array<string> }> } };

export const CustomerCardFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"CustomerCard"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Customer"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"userId"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"firstname"}},{"kind":"Field","name":{"kind":"Name","value":"lastname"}},{"kind":"Field","name":{"kind":"Name","value":"mobile"}},{"kind":"Field","name":{"kind":"Name","value":"email"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"loyaltyPoints"}},{"kind":"Field","name":{"kind":"Name","value":"currentSlab"}}]}}]} as unknown as DocumentNode<CustomerCardFragment, unknown>;
export const FindCustomerDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"FindCustomer"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"mobile"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"email"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"externalId"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"customer"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}},{"kind":"Argument","name":{"kind":"Name","value":"mobile"},"value":{"kind":"Variable","name":{"kind":"Name","value":"mobile"}}},{"kind":"Argument","name":{"kind":"Name","value":"email"},"value":{"kind":"Variable","name":{"kind":"Name","value":"email"}}},{"kind":"Argument","name":{"kind":"Name","value":"externalId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"externalId"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"CustomerCard"}},{"kind":"Field","name":{"kind":"Name","value":"merges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"CustomerCard"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Customer"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"userId"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"firstname"}},{"kind":"Field","name":{"kind":"Name","value":"lastname"}},{"kind":"Field","name":{"kind":"Name","value":"mobile"}},{"kind":"Field","name":{"kind":"Name","value":"email"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"loyaltyPoints"}},{"kind":"Field","name":{"kind":"Name","value":"currentSlab"}}]}}]} as unknown as DocumentNode<FindCustomerQuery, FindCustomerQueryVariables>;
export const PreviewUpdateDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PreviewUpdate"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"UpdateCustomerInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"previewCustomerUpdate"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"success"}},{"kind":"Field","name":{"kind":"Name","value":"planHash"}},{"kind":"Field","name":{"kind":"Name","value":"merges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"survivorId"}},{"kind":"Field","name":{"kind":"Name","value":"victimId"}}]}},{"kind":"Field","name":{"kind":"Name","value":"changes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"previous"}},{"kind":"Field","name":{"kind":"Name","value":"current"}},{"kind":"Field","name":{"kind":"Name","value":"rule"}}]}},{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"field"}}]}}]}}]}}]} as unknown as DocumentNode<PreviewUpdateQuery, PreviewUpdateQueryVariables>;
export const UpdateCustomerDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"UpdateCustomer"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"UpdateCustomerInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"updateCustomer"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"success"}},{"kind":"Field","name":{"kind":"Name","value":"replayed"}},{"kind":"Field","name":{"kind":"Name","value":"customer"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"CustomerCard"}}]}},{"kind":"Field","name":{"kind":"Name","value":"merges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"survivorId"}},{"kind":"Field","name":{"kind":"Name","value":"victimId"}}]}},{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"field"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"CustomerCard"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Customer"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"userId"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"firstname"}},{"kind":"Field","name":{"kind":"Name","value":"lastname"}},{"kind":"Field","name":{"kind":"Name","value":"mobile"}},{"kind":"Field","name":{"kind":"Name","value":"email"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"loyaltyPoints"}},{"kind":"Field","name":{"kind":"Name","value":"currentSlab"}}]}}]} as unknown as DocumentNode<UpdateCustomerMutation, UpdateCustomerMutationVariables>;
export const UndoMergeDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"UndoMerge"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"mergeId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"undoCustomerMerge"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"mergeId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"mergeId"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"success"}},{"kind":"Field","name":{"kind":"Name","value":"restored"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"CustomerCard"}}]}},{"kind":"Field","name":{"kind":"Name","value":"survivor"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"CustomerCard"}}]}},{"kind":"Field","name":{"kind":"Name","value":"errors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"field"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"CustomerCard"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Customer"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"userId"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"firstname"}},{"kind":"Field","name":{"kind":"Name","value":"lastname"}},{"kind":"Field","name":{"kind":"Name","value":"mobile"}},{"kind":"Field","name":{"kind":"Name","value":"email"}},{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"loyaltyPoints"}},{"kind":"Field","name":{"kind":"Name","value":"currentSlab"}}]}}]} as unknown as DocumentNode<UndoMergeMutation, UndoMergeMutationVariables>;