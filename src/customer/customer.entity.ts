import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { figure, wholeNumber } from '../database/columns.js';
import type { FieldKind } from '../organization/organization.js';
import type { IdentifierType } from '../values/identifier-type.js';
import type { Channel, FraudStatus, LoyaltyType, Priority, SubscriptionStatus } from './account.js';

@Entity('customer', { withoutRowid: true })
@Index('customer_by_survivor', ['organizationId', 'mergedInto'], { where: 'merged_into IS NOT NULL' })
@ForeignKey('OrganizationRow', ['organizationId'], ['id'])
export class CustomerRow {
  @PrimaryColumn('text', { name: 'organization_id' }) organizationId: string;
  @PrimaryColumn(wholeNumber('id')) id: number;
  @Column('integer') version: number;
  /** The live customer that this one was merged into. */
  @Column({ ...wholeNumber('merged_into'), nullable: true }) mergedInto: number | null;
  @Column('text', { nullable: true }) firstname: string | null;
  @Column('text', { nullable: true }) lastname: string | null;
  @Column('text') type: LoyaltyType;
  @Column('text', { name: 'fraud_status' }) fraudStatus: FraudStatus;
  /** The standing merge that set the fraud status, until a request names it. */
  @Column('text', { name: 'fraud_merge_id', nullable: true }) fraudMergeId: string | null;
  @Column({ ...wholeNumber('registered_on'), nullable: true }) registeredOn: number | null;
  @Column('text', { name: 'registered_till', nullable: true }) registeredTill: string | null;
  @Column('text', { name: 'associated_with', nullable: true }) associatedWith: string | null;
  @Column(figure('lifetime_purchases')) lifetimePurchases: bigint;
  @Column(wholeNumber('updated_on')) updatedOn: number;
  /** The greatest sequence of its audit events and ledger entries. */
  @Column(wholeNumber('last_sequence')) lastSequence: number;
  /** When the person's data was last erased; what came later may be there. */
  @Column({ ...wholeNumber('erased_at'), nullable: true }) erasedAt: number | null;
}

/** One row for each identifier that finds a customer; the key is what keeps two customers from having one. */
@Entity('customer_identifier', { withoutRowid: true })
// It covers what is read by customer; else SQLite, without statistics, takes the primary key and reads a whole organization.
@Index('customer_identifier_by_customer', ['organizationId', 'customerId', 'isAlias'])
@Index('customer_identifier_own', ['organizationId', 'customerId', 'type'], { unique: true, where: 'NOT is_alias' })
@ForeignKey('CustomerRow', ['organizationId', 'customerId'], ['organizationId', 'id'])
export class CustomerIdentifierRow {
  @PrimaryColumn('text', { name: 'organization_id' }) organizationId: string;
  @PrimaryColumn('text') type: IdentifierType;
  @PrimaryColumn('text') value: string;
  @Column(wholeNumber('customer_id')) customerId: number;
  @Column('boolean', { name: 'is_alias' }) isAlias: boolean;
}

@Entity('customer_field', { withoutRowid: true })
@ForeignKey('CustomerRow', ['organizationId', 'customerId'], ['organizationId', 'id'])
export class CustomerFieldRow {
  @PrimaryColumn('text', { name: 'organization_id' }) organizationId: string;
  @PrimaryColumn(wholeNumber('customer_id')) customerId: number;
  @PrimaryColumn('text') kind: FieldKind;
  @PrimaryColumn('text') name: string;
  @Column('text') value: string;
}

@Entity('subscription', { withoutRowid: true })
@ForeignKey('CustomerRow', ['organizationId', 'customerId'], ['organizationId', 'id'])
export class SubscriptionRow {
  @PrimaryColumn('text', { name: 'organization_id' }) organizationId: string;
  @PrimaryColumn(wholeNumber('customer_id')) customerId: number;
  @PrimaryColumn('text') channel: Channel;
  @PrimaryColumn('text') priority: Priority;
  @Column('text') status: SubscriptionStatus;
  /** The standing merge that set it, until a request names it. */
  @Column('text', { name: 'merge_id', nullable: true }) mergeId: string | null;
}

/** What a merge did, with both sides as they were: enough to explain it and to take it back. */
@Entity('customer_merge')
@Index('customer_merge_by_survivor', ['organizationId', 'survivorId'])
@Index('customer_merge_by_victim', ['organizationId', 'victimId'])
@ForeignKey('CustomerRow', ['organizationId', 'survivorId'], ['organizationId', 'id'])
@ForeignKey('CustomerRow', ['organizationId', 'victimId'], ['organizationId', 'id'])
export class CustomerMergeRow {
  @PrimaryColumn('text', { name: 'organization_id' }) organizationId: string;
  @PrimaryColumn('text') id: string;
  @Column(wholeNumber('survivor_id')) survivorId: number;
  @Column(wholeNumber('victim_id')) victimId: number;
  @Column(wholeNumber('sequence')) sequence: number;
  @Column(wholeNumber('merged_at')) mergedAt: number;
  @Column({ ...wholeNumber('undone_at'), nullable: true }) undoneAt: number | null;
  @Column('text', { name: 'matched_on' }) matchedOn: string;
  @Column('text') changes: string;
  @Column('text') balances: string;
  @Column('text', { name: 'survivor_before' }) survivorBefore: string;
  @Column('text', { name: 'victim_before' }) victimBefore: string;
  /** When the data of a person whose account is one of its sides was erased. */
  @Column({ ...wholeNumber('erased_at'), nullable: true }) erasedAt: number | null;
}
