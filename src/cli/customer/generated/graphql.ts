/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
export type IdentifierType =
  | 'MOBILE'
  | 'EMAIL'
  | 'EXTERNAL_ID';

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

export type AuditAction =
  | 'UPDATED'
  | 'MERGED'
  | 'MERGE_UNDONE'
  | 'ERASED';

export type LedgerKind =
  | 'OPENING'
  | 'AWARD'
  | 'MERGE_OUT'
  | 'MERGE_IN'
  | 'UNDO_OUT'
  | 'UNDO_IN';

export type SideEffectType =
  | 'POINTS';

export type CustomerWarningCode =
  | 'CUSTOM_FIELD_SKIPPED'
  | 'EXTENDED_FIELD_SKIPPED'
  | 'RESOLVED_TO_SURVIVOR';

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

export type CustomerPartsFragment = { userId: string, version: number, type: LoyaltyType, fraudStatus: FraudStatus, firstname: string | null, lastname: string | null, mobile: string | null, email: string | null, externalId: string | null, registeredOn: string | null, registeredTill: string | null, associatedWith: string | null, updatedOn: string, lifetimePurchases: string, aliases: Array<{ type: IdentifierType, value: string }>, pointsSummaries: Array<{ programId: string, lifetimePoints: string, redeemed: string, expired: string, returned: string, adjusted: string, loyaltyPoints: string, currentSlab: string | null, slabExpiryDate: string | null }>, customFields: Array<{ name: string, value: string }>, extendedFields: Array<{ name: string, value: string }>, subscriptions: Array<{ channel: Channel, priority: Priority, status: SubscriptionStatus }>, merges: Array<{ id: string, victimId: string, mergedAt: string }> };

export type ChangePartsFragment = { field: string, previous: string | null, current: string | null, rule: ChangeRule };

export type ErrorPartsFragment = { code: CustomerErrorCode, message: string, field: Array<string>, legacyCode: number };

export type UpdatePartsFragment = { success: boolean, replayed: boolean, planHash: string | null, customer: { userId: string, version: number, type: LoyaltyType, fraudStatus: FraudStatus, firstname: string | null, lastname: string | null, mobile: string | null, email: string | null, externalId: string | null, registeredOn: string | null, registeredTill: string | null, associatedWith: string | null, updatedOn: string, lifetimePurchases: string, aliases: Array<{ type: IdentifierType, value: string }>, pointsSummaries: Array<{ programId: string, lifetimePoints: string, redeemed: string, expired: string, returned: string, adjusted: string, loyaltyPoints: string, currentSlab: string | null, slabExpiryDate: string | null }>, customFields: Array<{ name: string, value: string }>, extendedFields: Array<{ name: string, value: string }>, subscriptions: Array<{ channel: Channel, priority: Priority, status: SubscriptionStatus }>, merges: Array<{ id: string, victimId: string, mergedAt: string }> } | null, merges: Array<{ id: string, survivorId: string, victimId: string, matchedOn: Array<{ type: IdentifierType, value: string }>, balances: Array<{ programId: string | null, figure: string, survivorBefore: string, victimBefore: string, after: string }> }>, changes: Array<{ field: string, previous: string | null, current: string | null, rule: ChangeRule }>, sideEffects: Array<{ type: SideEffectType, rule: string, programId: string, awardedPoints: string, totalPoints: string }>, warnings: Array<{ code: CustomerWarningCode, message: string, field: Array<string>, legacyCode: number }>, errors: Array<{ code: CustomerErrorCode, message: string, field: Array<string>, legacyCode: number }> };

export type FindCustomerQueryVariables = Exact<{
  id?: string | number | null | undefined;
  mobile?: string | null | undefined;
  email?: string | null | undefined;
  externalId?: string | null | undefined;
  withAudit: boolean;
  withLedger: boolean;
}>;


export type FindCustomerQuery = { customer: { userId: string, version: number, type: LoyaltyType, fraudStatus: FraudStatus, firstname: string | null, lastname: string | null, mobile: string | null, email: string | null, externalId: string | null, registeredOn: string | null, registeredTill: string | null, associatedWith: string | null, updatedOn: string, lifetimePurchases: string, auditLog?: { edges: Array<{ node: { at: string, customerId: string, version: number, action: AuditAction, client: string, tillCode: string | null, requestId: string, mergeId: string | null, changes: Array<{ field: string, previous: string | null, current: string | null, rule: ChangeRule }> } }>, pageInfo: { hasNextPage: boolean } }, ledger?: { edges: Array<{ node: { at: string, kind: LedgerKind, programId: string | null, lifetimePoints: string, redeemed: string, expired: string, returned: string, adjusted: string, cumulativePurchases: string, rule: string | null, mergeId: string | null } }>, pageInfo: { hasNextPage: boolean } }, aliases: Array<{ type: IdentifierType, value: string }>, pointsSummaries: Array<{ programId: string, lifetimePoints: string, redeemed: string, expired: string, returned: string, adjusted: string, loyaltyPoints: string, currentSlab: string | null, slabExpiryDate: string | null }>, customFields: Array<{ name: string, value: string }>, extendedFields: Array<{ name: string, value: string }>, subscriptions: Array<{ channel: Channel, priority: Priority, status: SubscriptionStatus }>, merges: Array<{ id: string, victimId: string, mergedAt: string }> } | null };

export type PreviewUpdateQueryVariables = Exact<{
  input: UpdateCustomerInput;
}>;


export type PreviewUpdateQuery = { previewCustomerUpdate: { success: boolean, replayed: boolean, planHash: string | null, customer: { userId: string, version: number, type: LoyaltyType, fraudStatus: FraudStatus, firstname: string | null, lastname: string | null, mobile: string | null, email: string | null, externalId: string | null, registeredOn: string | null, registeredTill: string | null, associatedWith: string | null, updatedOn: string, lifetimePurchases: string, aliases: Array<{ type: IdentifierType, value: string }>, pointsSummaries: Array<{ programId: string, lifetimePoints: string, redeemed: string, expired: string, returned: string, adjusted: string, loyaltyPoints: string, currentSlab: string | null, slabExpiryDate: string | null }>, customFields: Array<{ name: string, value: string }>, extendedFields: Array<{ name: string, value: string }>, subscriptions: Array<{ channel: Channel, priority: Priority, status: SubscriptionStatus }>, merges: Array<{ id: string, victimId: string, mergedAt: string }> } | null, merges: Array<{ id: string, survivorId: string, victimId: string, matchedOn: Array<{ type: IdentifierType, value: string }>, balances: Array<{ programId: string | null, figure: string, survivorBefore: string, victimBefore: string, after: string }> }>, changes: Array<{ field: string, previous: string | null, current: string | null, rule: ChangeRule }>, sideEffects: Array<{ type: SideEffectType, rule: string, programId: string, awardedPoints: string, totalPoints: string }>, warnings: Array<{ code: CustomerWarningCode, message: string, field: Array<string>, legacyCode: number }>, errors: Array<{ code: CustomerErrorCode, message: string, field: Array<string>, legacyCode: number }> } };

export type UpdateCustomerMutationVariables = Exact<{
  input: UpdateCustomerInput;
}>;


export type UpdateCustomerMutation = { updateCustomer: { success: boolean, replayed: boolean, planHash: string | null, customer: { userId: string, version: number, type: LoyaltyType, fraudStatus: FraudStatus, firstname: string | null, lastname: string | null, mobile: string | null, email: string | null, externalId: string | null, registeredOn: string | null, registeredTill: string | null, associatedWith: string | null, updatedOn: string, lifetimePurchases: string, aliases: Array<{ type: IdentifierType, value: string }>, pointsSummaries: Array<{ programId: string, lifetimePoints: string, redeemed: string, expired: string, returned: string, adjusted: string, loyaltyPoints: string, currentSlab: string | null, slabExpiryDate: string | null }>, customFields: Array<{ name: string, value: string }>, extendedFields: Array<{ name: string, value: string }>, subscriptions: Array<{ channel: Channel, priority: Priority, status: SubscriptionStatus }>, merges: Array<{ id: string, victimId: string, mergedAt: string }> } | null, merges: Array<{ id: string, survivorId: string, victimId: string, matchedOn: Array<{ type: IdentifierType, value: string }>, balances: Array<{ programId: string | null, figure: string, survivorBefore: string, victimBefore: string, after: string }> }>, changes: Array<{ field: string, previous: string | null, current: string | null, rule: ChangeRule }>, sideEffects: Array<{ type: SideEffectType, rule: string, programId: string, awardedPoints: string, totalPoints: string }>, warnings: Array<{ code: CustomerWarningCode, message: string, field: Array<string>, legacyCode: number }>, errors: Array<{ code: CustomerErrorCode, message: string, field: Array<string>, legacyCode: number }> } };

export type UndoMergeMutationVariables = Exact<{
  mergeId: string | number;
}>;


export type UndoMergeMutation = { undoCustomerMerge: { success: boolean, restored: { userId: string, version: number, type: LoyaltyType, fraudStatus: FraudStatus, firstname: string | null, lastname: string | null, mobile: string | null, email: string | null, externalId: string | null, registeredOn: string | null, registeredTill: string | null, associatedWith: string | null, updatedOn: string, lifetimePurchases: string, aliases: Array<{ type: IdentifierType, value: string }>, pointsSummaries: Array<{ programId: string, lifetimePoints: string, redeemed: string, expired: string, returned: string, adjusted: string, loyaltyPoints: string, currentSlab: string | null, slabExpiryDate: string | null }>, customFields: Array<{ name: string, value: string }>, extendedFields: Array<{ name: string, value: string }>, subscriptions: Array<{ channel: Channel, priority: Priority, status: SubscriptionStatus }>, merges: Array<{ id: string, victimId: string, mergedAt: string }> } | null, survivor: { userId: string, version: number, type: LoyaltyType, fraudStatus: FraudStatus, firstname: string | null, lastname: string | null, mobile: string | null, email: string | null, externalId: string | null, registeredOn: string | null, registeredTill: string | null, associatedWith: string | null, updatedOn: string, lifetimePurchases: string, aliases: Array<{ type: IdentifierType, value: string }>, pointsSummaries: Array<{ programId: string, lifetimePoints: string, redeemed: string, expired: string, returned: string, adjusted: string, loyaltyPoints: string, currentSlab: string | null, slabExpiryDate: string | null }>, customFields: Array<{ name: string, value: string }>, extendedFields: Array<{ name: string, value: string }>, subscriptions: Array<{ channel: Channel, priority: Priority, status: SubscriptionStatus }>, merges: Array<{ id: string, victimId: string, mergedAt: string }> } | null, changes: Array<{ field: string, previous: string | null, current: string | null, rule: ChangeRule }>, kept: Array<{ field: string, previous: string | null, current: string | null, rule: ChangeRule }>, errors: Array<{ code: CustomerErrorCode, message: string, field: Array<string>, legacyCode: number }> } };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const CustomerPartsFragmentDoc = new TypedDocumentString(`
    fragment CustomerParts on Customer {
  userId
  version
  type
  fraudStatus
  firstname
  lastname
  mobile
  email
  externalId
  aliases {
    type
    value
  }
  registeredOn
  registeredTill
  associatedWith
  updatedOn
  lifetimePurchases
  pointsSummaries {
    programId
    lifetimePoints
    redeemed
    expired
    returned
    adjusted
    loyaltyPoints
    currentSlab
    slabExpiryDate
  }
  customFields {
    name
    value
  }
  extendedFields {
    name
    value
  }
  subscriptions {
    channel
    priority
    status
  }
  merges {
    id
    victimId
    mergedAt
  }
}
    `, {"fragmentName":"CustomerParts"}) as unknown as TypedDocumentString<CustomerPartsFragment, unknown>;
export const ChangePartsFragmentDoc = new TypedDocumentString(`
    fragment ChangeParts on FieldChange {
  field
  previous
  current
  rule
}
    `, {"fragmentName":"ChangeParts"}) as unknown as TypedDocumentString<ChangePartsFragment, unknown>;
export const ErrorPartsFragmentDoc = new TypedDocumentString(`
    fragment ErrorParts on CustomerError {
  code
  message
  field
  legacyCode
}
    `, {"fragmentName":"ErrorParts"}) as unknown as TypedDocumentString<ErrorPartsFragment, unknown>;
export const UpdatePartsFragmentDoc = new TypedDocumentString(`
    fragment UpdateParts on UpdateCustomerPayload {
  success
  replayed
  planHash
  customer {
    ...CustomerParts
  }
  merges {
    id
    survivorId
    victimId
    matchedOn {
      type
      value
    }
    balances {
      programId
      figure
      survivorBefore
      victimBefore
      after
    }
  }
  changes {
    ...ChangeParts
  }
  sideEffects {
    type
    rule
    programId
    awardedPoints
    totalPoints
  }
  warnings {
    code
    message
    field
    legacyCode
  }
  errors {
    ...ErrorParts
  }
}
    fragment CustomerParts on Customer {
  userId
  version
  type
  fraudStatus
  firstname
  lastname
  mobile
  email
  externalId
  aliases {
    type
    value
  }
  registeredOn
  registeredTill
  associatedWith
  updatedOn
  lifetimePurchases
  pointsSummaries {
    programId
    lifetimePoints
    redeemed
    expired
    returned
    adjusted
    loyaltyPoints
    currentSlab
    slabExpiryDate
  }
  customFields {
    name
    value
  }
  extendedFields {
    name
    value
  }
  subscriptions {
    channel
    priority
    status
  }
  merges {
    id
    victimId
    mergedAt
  }
}
fragment ChangeParts on FieldChange {
  field
  previous
  current
  rule
}
fragment ErrorParts on CustomerError {
  code
  message
  field
  legacyCode
}`, {"fragmentName":"UpdateParts"}) as unknown as TypedDocumentString<UpdatePartsFragment, unknown>;
export const FindCustomerDocument = new TypedDocumentString(`
    query FindCustomer($id: ID, $mobile: String, $email: String, $externalId: String, $withAudit: Boolean!, $withLedger: Boolean!) {
  customer(id: $id, mobile: $mobile, email: $email, externalId: $externalId) {
    ...CustomerParts
    auditLog(first: 500) @include(if: $withAudit) {
      edges {
        node {
          at
          customerId
          version
          action
          client
          tillCode
          requestId
          mergeId
          changes {
            ...ChangeParts
          }
        }
      }
      pageInfo {
        hasNextPage
      }
    }
    ledger(first: 500) @include(if: $withLedger) {
      edges {
        node {
          at
          kind
          programId
          lifetimePoints
          redeemed
          expired
          returned
          adjusted
          cumulativePurchases
          rule
          mergeId
        }
      }
      pageInfo {
        hasNextPage
      }
    }
  }
}
    fragment CustomerParts on Customer {
  userId
  version
  type
  fraudStatus
  firstname
  lastname
  mobile
  email
  externalId
  aliases {
    type
    value
  }
  registeredOn
  registeredTill
  associatedWith
  updatedOn
  lifetimePurchases
  pointsSummaries {
    programId
    lifetimePoints
    redeemed
    expired
    returned
    adjusted
    loyaltyPoints
    currentSlab
    slabExpiryDate
  }
  customFields {
    name
    value
  }
  extendedFields {
    name
    value
  }
  subscriptions {
    channel
    priority
    status
  }
  merges {
    id
    victimId
    mergedAt
  }
}
fragment ChangeParts on FieldChange {
  field
  previous
  current
  rule
}`) as unknown as TypedDocumentString<FindCustomerQuery, FindCustomerQueryVariables>;
export const PreviewUpdateDocument = new TypedDocumentString(`
    query PreviewUpdate($input: UpdateCustomerInput!) {
  previewCustomerUpdate(input: $input) {
    ...UpdateParts
  }
}
    fragment CustomerParts on Customer {
  userId
  version
  type
  fraudStatus
  firstname
  lastname
  mobile
  email
  externalId
  aliases {
    type
    value
  }
  registeredOn
  registeredTill
  associatedWith
  updatedOn
  lifetimePurchases
  pointsSummaries {
    programId
    lifetimePoints
    redeemed
    expired
    returned
    adjusted
    loyaltyPoints
    currentSlab
    slabExpiryDate
  }
  customFields {
    name
    value
  }
  extendedFields {
    name
    value
  }
  subscriptions {
    channel
    priority
    status
  }
  merges {
    id
    victimId
    mergedAt
  }
}
fragment ChangeParts on FieldChange {
  field
  previous
  current
  rule
}
fragment ErrorParts on CustomerError {
  code
  message
  field
  legacyCode
}
fragment UpdateParts on UpdateCustomerPayload {
  success
  replayed
  planHash
  customer {
    ...CustomerParts
  }
  merges {
    id
    survivorId
    victimId
    matchedOn {
      type
      value
    }
    balances {
      programId
      figure
      survivorBefore
      victimBefore
      after
    }
  }
  changes {
    ...ChangeParts
  }
  sideEffects {
    type
    rule
    programId
    awardedPoints
    totalPoints
  }
  warnings {
    code
    message
    field
    legacyCode
  }
  errors {
    ...ErrorParts
  }
}`) as unknown as TypedDocumentString<PreviewUpdateQuery, PreviewUpdateQueryVariables>;
export const UpdateCustomerDocument = new TypedDocumentString(`
    mutation UpdateCustomer($input: UpdateCustomerInput!) {
  updateCustomer(input: $input) {
    ...UpdateParts
  }
}
    fragment CustomerParts on Customer {
  userId
  version
  type
  fraudStatus
  firstname
  lastname
  mobile
  email
  externalId
  aliases {
    type
    value
  }
  registeredOn
  registeredTill
  associatedWith
  updatedOn
  lifetimePurchases
  pointsSummaries {
    programId
    lifetimePoints
    redeemed
    expired
    returned
    adjusted
    loyaltyPoints
    currentSlab
    slabExpiryDate
  }
  customFields {
    name
    value
  }
  extendedFields {
    name
    value
  }
  subscriptions {
    channel
    priority
    status
  }
  merges {
    id
    victimId
    mergedAt
  }
}
fragment ChangeParts on FieldChange {
  field
  previous
  current
  rule
}
fragment ErrorParts on CustomerError {
  code
  message
  field
  legacyCode
}
fragment UpdateParts on UpdateCustomerPayload {
  success
  replayed
  planHash
  customer {
    ...CustomerParts
  }
  merges {
    id
    survivorId
    victimId
    matchedOn {
      type
      value
    }
    balances {
      programId
      figure
      survivorBefore
      victimBefore
      after
    }
  }
  changes {
    ...ChangeParts
  }
  sideEffects {
    type
    rule
    programId
    awardedPoints
    totalPoints
  }
  warnings {
    code
    message
    field
    legacyCode
  }
  errors {
    ...ErrorParts
  }
}`) as unknown as TypedDocumentString<UpdateCustomerMutation, UpdateCustomerMutationVariables>;
export const UndoMergeDocument = new TypedDocumentString(`
    mutation UndoMerge($mergeId: ID!) {
  undoCustomerMerge(mergeId: $mergeId) {
    success
    restored {
      ...CustomerParts
    }
    survivor {
      ...CustomerParts
    }
    changes {
      ...ChangeParts
    }
    kept {
      ...ChangeParts
    }
    errors {
      ...ErrorParts
    }
  }
}
    fragment CustomerParts on Customer {
  userId
  version
  type
  fraudStatus
  firstname
  lastname
  mobile
  email
  externalId
  aliases {
    type
    value
  }
  registeredOn
  registeredTill
  associatedWith
  updatedOn
  lifetimePurchases
  pointsSummaries {
    programId
    lifetimePoints
    redeemed
    expired
    returned
    adjusted
    loyaltyPoints
    currentSlab
    slabExpiryDate
  }
  customFields {
    name
    value
  }
  extendedFields {
    name
    value
  }
  subscriptions {
    channel
    priority
    status
  }
  merges {
    id
    victimId
    mergedAt
  }
}
fragment ChangeParts on FieldChange {
  field
  previous
  current
  rule
}
fragment ErrorParts on CustomerError {
  code
  message
  field
  legacyCode
}`) as unknown as TypedDocumentString<UndoMergeMutation, UndoMergeMutationVariables>;