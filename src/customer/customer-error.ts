import { assertUnreachable } from '../values/assert-unreachable.js';
import type { IdentifierType } from '../values/identifier-type.js';

export const CustomerErrorCode = {
  NO_IDENTIFIER: 'NO_IDENTIFIER',
  INVALID_INPUT: 'INVALID_INPUT',
  INVALID_MOBILE: 'INVALID_MOBILE',
  INVALID_EMAIL: 'INVALID_EMAIL',
  INVALID_EXTERNAL_ID: 'INVALID_EXTERNAL_ID',
  CUSTOMER_NOT_FOUND: 'CUSTOMER_NOT_FOUND',
  PRIMARY_IDENTIFIER_MISMATCH: 'PRIMARY_IDENTIFIER_MISMATCH',
  PRIMARY_IDENTIFIER_IMMUTABLE: 'PRIMARY_IDENTIFIER_IMMUTABLE',
  IDENTIFIER_ALREADY_SET: 'IDENTIFIER_ALREADY_SET',
  IDENTIFIER_UPDATE_DISABLED: 'IDENTIFIER_UPDATE_DISABLED',
  IDENTIFIER_TAKEN: 'IDENTIFIER_TAKEN',
  LOYALTY_DOWNGRADE: 'LOYALTY_DOWNGRADE',
  LOYALTY_IDENTIFIER_REQUIRED: 'LOYALTY_IDENTIFIER_REQUIRED',
  REGISTRATION_DATE_OUT_OF_RANGE: 'REGISTRATION_DATE_OUT_OF_RANGE',
  TILL_NOT_FOUND: 'TILL_NOT_FOUND',
  CUSTOM_FIELD_INVALID: 'CUSTOM_FIELD_INVALID',
  EXTENDED_FIELD_INVALID: 'EXTENDED_FIELD_INVALID',
  VERSION_CONFLICT: 'VERSION_CONFLICT',
  PLAN_CHANGED: 'PLAN_CHANGED',
  IDEMPOTENCY_KEY_REUSED: 'IDEMPOTENCY_KEY_REUSED',
  MERGE_BLOCKED: 'MERGE_BLOCKED',
  MERGE_NOT_FOUND: 'MERGE_NOT_FOUND',
  MERGE_ALREADY_UNDONE: 'MERGE_ALREADY_UNDONE',
  MERGE_UNDO_CONFLICT: 'MERGE_UNDO_CONFLICT',
  MERGE_UNDO_EXPIRED: 'MERGE_UNDO_EXPIRED',
} as const;
export type CustomerErrorCode = (typeof CustomerErrorCode)[keyof typeof CustomerErrorCode];

export const CustomerWarningCode = {
  CUSTOM_FIELD_SKIPPED: 'CUSTOM_FIELD_SKIPPED',
  EXTENDED_FIELD_SKIPPED: 'EXTENDED_FIELD_SKIPPED',
  RESOLVED_TO_SURVIVOR: 'RESOLVED_TO_SURVIVOR',
} as const;
export type CustomerWarningCode = (typeof CustomerWarningCode)[keyof typeof CustomerWarningCode];

/** Behind what a value takes that null clears. Over v1.1 null is "not given", and the words are left out. */
export const NULL_CLEARS = '; null clears it';

/** A fault of the request: what, where in the input, and in words that help. Nothing was stored. */
export interface CustomerError {
  readonly code: CustomerErrorCode;
  readonly message: string;
  /** The path inside the input, such as customFields, 1, value; empty where it is about the whole. */
  readonly field: readonly string[];
  /** The v1.1 API's number for it. */
  readonly legacyCode: number;
}

export interface CustomerWarning {
  readonly code: CustomerWarningCode;
  readonly message: string;
  readonly field: readonly string[];
  readonly legacyCode: number;
}

export function customerError(code: CustomerErrorCode, field: readonly string[], message: string): CustomerError {
  return { code, message, field, legacyCode: legacyCodeOf(code, field[0]) };
}

export function customerWarning(code: CustomerWarningCode, field: readonly string[], message: string): CustomerWarning {
  return { code, message, field, legacyCode: legacyCodeOfWarning(code) };
}

/** The name of an identifier's input field. */
export const identifierField = {
  MOBILE: 'mobile',
  EMAIL: 'email',
  EXTERNAL_ID: 'externalId',
} as const satisfies Record<IdentifierType, string>;

const loyaltyRequired: Readonly<Record<string, number>> = { email: 1048, externalId: 1049, mobile: 1006 };
const tillNotFound: Readonly<Record<string, number>> = { registeredTill: 91020, associatedWith: 91021 };

/** The table "Codes" of the behaviour page. */
function legacyCodeOf(code: CustomerErrorCode, field: string | undefined): number {
  switch (code) {
    case 'NO_IDENTIFIER':
      return 1015;
    case 'INVALID_INPUT':
    case 'VERSION_CONFLICT':
    case 'PLAN_CHANGED':
    case 'IDEMPOTENCY_KEY_REUSED':
    case 'MERGE_BLOCKED':
    case 'MERGE_NOT_FOUND':
    case 'MERGE_ALREADY_UNDONE':
    case 'MERGE_UNDO_CONFLICT':
    case 'MERGE_UNDO_EXPIRED':
      return 10002;
    case 'INVALID_MOBILE':
      return 1001;
    case 'INVALID_EMAIL':
      return 1002;
    case 'INVALID_EXTERNAL_ID':
      return 1003;
    case 'CUSTOMER_NOT_FOUND':
      return 1011;
    case 'PRIMARY_IDENTIFIER_MISMATCH':
      return 1047;
    case 'PRIMARY_IDENTIFIER_IMMUTABLE':
      return 91005;
    case 'IDENTIFIER_ALREADY_SET':
    case 'IDENTIFIER_UPDATE_DISABLED':
      return 91006;
    case 'IDENTIFIER_TAKEN':
      return 91007;
    case 'LOYALTY_DOWNGRADE':
      return 1046;
    case 'LOYALTY_IDENTIFIER_REQUIRED':
      return loyaltyRequired[field ?? ''] ?? 10002;
    case 'REGISTRATION_DATE_OUT_OF_RANGE':
      return 1034;
    case 'TILL_NOT_FOUND':
      return tillNotFound[field ?? ''] ?? 10002;
    case 'CUSTOM_FIELD_INVALID':
      return 1017;
    case 'EXTENDED_FIELD_INVALID':
      return 91015;
    default:
      return assertUnreachable(code);
  }
}

function legacyCodeOfWarning(code: CustomerWarningCode): number {
  switch (code) {
    case 'CUSTOM_FIELD_SKIPPED':
      return 1017;
    case 'EXTENDED_FIELD_SKIPPED':
      return 91015;
    case 'RESOLVED_TO_SURVIVOR':
      return 91009;
    default:
      return assertUnreachable(code);
  }
}
