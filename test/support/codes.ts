// The table "Codes" of the behaviour page, as a client of the v1.1 API knows it.

const legacyCodes: Readonly<Record<string, number | Readonly<Record<string, number>>>> = {
  NO_IDENTIFIER: 1015,
  INVALID_INPUT: 10002,
  VERSION_CONFLICT: 10002,
  PLAN_CHANGED: 10002,
  IDEMPOTENCY_KEY_REUSED: 10002,
  MERGE_BLOCKED: 10002,
  MERGE_NOT_FOUND: 10002,
  MERGE_ALREADY_UNDONE: 10002,
  MERGE_UNDO_CONFLICT: 10002,
  MERGE_UNDO_EXPIRED: 10002,
  INVALID_MOBILE: 1001,
  INVALID_EMAIL: 1002,
  INVALID_EXTERNAL_ID: 1003,
  CUSTOMER_NOT_FOUND: 1011,
  PRIMARY_IDENTIFIER_MISMATCH: 1047,
  PRIMARY_IDENTIFIER_IMMUTABLE: 91005,
  IDENTIFIER_ALREADY_SET: 91006,
  IDENTIFIER_UPDATE_DISABLED: 91006,
  IDENTIFIER_TAKEN: 91007,
  LOYALTY_DOWNGRADE: 1046,
  LOYALTY_IDENTIFIER_REQUIRED: { email: 1048, externalId: 1049, mobile: 1006 },
  REGISTRATION_DATE_OUT_OF_RANGE: 1034,
  TILL_NOT_FOUND: { registeredTill: 91020, associatedWith: 91021 },
  CUSTOM_FIELD_INVALID: 1017,
  CUSTOM_FIELD_SKIPPED: 1017,
  EXTENDED_FIELD_INVALID: 91015,
  EXTENDED_FIELD_SKIPPED: 91015,
  RESOLVED_TO_SURVIVOR: 91009,
};

/** An error or a warning as a test expects it; its words are left open. */
export interface ExpectedNotice {
  readonly code: string;
  /** The path inside the input. One that ends in `…` may go on, where the behaviour page does not say how. */
  readonly field: readonly string[];
  readonly legacyCode: number;
}

export const notice = (code: string, ...field: string[]): ExpectedNotice => ({
  code,
  field,
  legacyCode: legacyCodeOf(code, field[0]),
});

function legacyCodeOf(code: string, field = ''): number {
  const known = legacyCodes[code];
  const legacyCode = typeof known === 'object' ? known[field] : known;
  if (legacyCode === undefined) throw new Error(`The table "Codes" has no ${code} for ${field}`);
  return legacyCode;
}
