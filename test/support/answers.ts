// The API's inputs and answers as a client sees them: JSON, by the names of the public schema.

export type IdentifierType = 'MOBILE' | 'EMAIL' | 'EXTERNAL_ID';
export type SubscriptionStatus = 'SUBSCRIBED' | 'UNSUBSCRIBED';

export interface FieldValueInput {
  name: string;
  value?: string | null;
}

export interface SubscriptionInput {
  channel: 'SMS' | 'EMAIL';
  priority: 'TRANS' | 'BULK';
  status?: SubscriptionStatus;
}

/** A key that is not there is omitted; null is null. */
export interface UpdateInput {
  id?: string | null;
  mobile?: string | null;
  email?: string | null;
  externalId?: string | null;
  firstname?: string | null;
  lastname?: string | null;
  registeredOn?: string | null;
  registeredTill?: string | null;
  associatedWith?: string | null;
  type?: 'LOYALTY' | 'NON_LOYALTY' | null;
  customFields?: FieldValueInput[] | null;
  extendedFields?: FieldValueInput[] | null;
  subscriptions?: SubscriptionInput[] | null;
  fraudStatus?: 'CONFIRMED' | 'NONE' | null;
  expectedVersion?: number | null;
  expectedPlanHash?: string | null;
  idempotencyKey?: string | null;
  invalidFields?: 'REJECT' | 'SKIP' | null;
}

export interface Identifier {
  type: IdentifierType;
  value: string;
}

export interface FieldChange {
  field: string;
  previous: string | null;
  current: string | null;
  rule: string;
}

/** An error or a warning about the input. */
export interface Notice {
  code: string;
  message: string;
  field: string[];
  legacyCode: number;
}

export interface PointsSummary {
  programId: string;
  redeemed: string;
  expired: string;
  returned: string;
  adjusted: string;
  lifetimePoints: string;
  loyaltyPoints: string;
  cumulativePurchases: string;
  currentSlab: string | null;
  slabSNo: number | null;
  slabExpiryDate: string | null;
  nextSlab: string | null;
  nextSlabSerialNumber: number | null;
  nextSlabDescription: string | null;
}

export interface Merge {
  id: string;
  survivorId: string;
  victimId: string;
  matchedOn: Identifier[];
  changes: FieldChange[];
  balances: {
    programId: string | null;
    figure: string;
    survivorBefore: string;
    victimBefore: string;
    after: string;
  }[];
  mergedAt: string;
  undoneAt: string | null;
  auditHead: string | null;
}

export interface AuditEvent {
  id: string;
  customerId: string;
  at: string;
  action: 'UPDATED' | 'MERGED' | 'MERGE_UNDONE';
  version: number;
  requestId: string;
  client: string;
  tillCode: string | null;
  userContext: {
    entityType: string | null;
    entityId: string | null;
    source: string | null;
    sourceId: string | null;
  } | null;
  changes: FieldChange[];
  mergeId: string | null;
}

export interface LedgerEntry {
  id: string;
  at: string;
  kind: 'OPENING' | 'AWARD' | 'MERGE_OUT' | 'MERGE_IN' | 'UNDO_OUT' | 'UNDO_IN';
  programId: string | null;
  lifetimePoints: string;
  redeemed: string;
  expired: string;
  returned: string;
  adjusted: string;
  cumulativePurchases: string;
  rule: string | null;
  mergeId: string | null;
}

export interface Connection<Node> {
  edges: { cursor: string; node: Node }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

export interface Customer {
  userId: string;
  version: number;
  firstname: string | null;
  lastname: string | null;
  mobile: string | null;
  email: string | null;
  externalId: string | null;
  aliases: Identifier[];
  type: 'LOYALTY' | 'NON_LOYALTY';
  fraudStatus: 'CONFIRMED' | 'NONE';
  registeredOn: string | null;
  registeredTill: string | null;
  associatedWith: string | null;
  updatedOn: string;
  lifetimePoints: string;
  loyaltyPoints: string;
  lifetimePurchases: string;
  currentSlab: string | null;
  tierExpiryDate: string | null;
  pointsSummaries: PointsSummary[];
  customFields: { name: string; value: string }[];
  extendedFields: { name: string; value: string }[];
  subscriptions: { channel: string; priority: string; status: SubscriptionStatus }[];
  merges: Merge[];
  auditLog: Connection<AuditEvent>;
  ledger: Connection<LedgerEntry>;
}

export interface UpdatePayload {
  success: boolean;
  total: number;
  successCount: number;
  customer: Customer | null;
  merges: Merge[];
  changes: FieldChange[];
  sideEffects: { type: 'POINTS'; rule: string; programId: string; awardedPoints: string; totalPoints: string }[];
  warnings: Notice[];
  errors: Notice[];
  planHash: string | null;
  replayed: boolean;
}

/** The payload of an update that succeeded. */
export interface Updated extends UpdatePayload {
  customer: Customer;
  planHash: string;
}

export interface UpdatesPayload {
  total: number;
  successCount: number;
  results: UpdatePayload[];
}

export interface UndoPayload {
  success: boolean;
  restored: Customer | null;
  survivor: Customer | null;
  changes: FieldChange[];
  kept: FieldChange[];
  errors: Notice[];
}

/** The payload of an undo that succeeded. */
export interface Undone extends UndoPayload {
  restored: Customer;
  survivor: Customer;
}

export interface GraphqlError {
  message: string;
  path?: (string | number)[];
  extensions: { code: string; requestId?: string };
}
