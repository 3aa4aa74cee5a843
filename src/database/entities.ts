import { AuditEventRow, AuditHeadRow } from '../audit/audit.entity.js';
import {
  CustomerFieldRow,
  CustomerIdentifierRow,
  CustomerMergeRow,
  CustomerRow,
  SubscriptionRow,
} from '../customer/customer.entity.js';
import { IdempotencyRecordRow } from '../idempotency/idempotency.entity.js';
import {
  AccessGroupRow,
  ClientRow,
  FieldDefinitionRow,
  IssuerRow,
  LoyaltyProgramRow,
  OrganizationConfigRow,
  OrganizationRow,
  RewardRuleRow,
  SlabRow,
  TillRow,
} from '../organization/organization.entity.js';
import { LedgerEntryRow, PointsSummaryRow, RewardHadRow } from '../points/points.entity.js';
import { RateLimitRow } from './rate-limit.entity.js';

/** Every table, parents before children. */
export const entities = [
  OrganizationRow,
  OrganizationConfigRow,
  TillRow,
  FieldDefinitionRow,
  LoyaltyProgramRow,
  SlabRow,
  RewardRuleRow,
  AccessGroupRow,
  ClientRow,
  IssuerRow,
  CustomerRow,
  CustomerIdentifierRow,
  CustomerFieldRow,
  SubscriptionRow,
  CustomerMergeRow,
  PointsSummaryRow,
  LedgerEntryRow,
  RewardHadRow,
  AuditEventRow,
  AuditHeadRow,
  IdempotencyRecordRow,
  RateLimitRow,
];
