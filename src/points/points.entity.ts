import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { figure, wholeNumber } from '../database/columns.js';
import type { LedgerKind } from './ledger.js';

@Entity('points_summary', { withoutRowid: true })
@ForeignKey('CustomerRow', ['organizationId', 'customerId'], ['organizationId', 'id'])
@ForeignKey('LoyaltyProgramRow', ['organizationId', 'programId'], ['organizationId', 'id'])
export class PointsSummaryRow {
  @PrimaryColumn('text', { name: 'organization_id' }) organizationId: string;
  @PrimaryColumn(wholeNumber('customer_id')) customerId: number;
  @PrimaryColumn('text', { name: 'program_id' }) programId: string;
  @Column(figure('lifetime_points')) lifetimePoints: bigint;
  @Column(figure('redeemed')) redeemed: bigint;
  @Column(figure('expired')) expired: bigint;
  @Column(figure('returned')) returned: bigint;
  @Column(figure('adjusted')) adjusted: bigint;
  @Column(figure('cumulative_purchases')) cumulativePurchases: bigint;
  @Column('integer', { name: 'slab_serial_number', nullable: true }) slabSerialNumber: number | null;
  @Column({ ...wholeNumber('slab_expires_on'), nullable: true }) slabExpiresOn: number | null;
}

/** Append-only: nothing updates or deletes a row. */
@Entity('ledger_entry', { withoutRowid: true })
@ForeignKey('CustomerRow', ['organizationId', 'customerId'], ['organizationId', 'id'])
export class LedgerEntryRow {
  @PrimaryColumn('text', { name: 'organization_id' }) organizationId: string;
  @PrimaryColumn(wholeNumber('customer_id')) customerId: number;
  @PrimaryColumn(wholeNumber('sequence')) sequence: number;
  @Column(wholeNumber('at')) at: number;
  @Column('text') kind: LedgerKind;
  @Column('text', { name: 'program_id', nullable: true }) programId: string | null;
  @Column(figure('lifetime_points')) lifetimePoints: bigint;
  @Column(figure('redeemed')) redeemed: bigint;
  @Column(figure('expired')) expired: bigint;
  @Column(figure('returned')) returned: bigint;
  @Column(figure('adjusted')) adjusted: bigint;
  @Column(figure('cumulative_purchases')) cumulativePurchases: bigint;
  @Column('text', { nullable: true }) rule: string | null;
  @Column('text', { name: 'merge_id', nullable: true }) mergeId: string | null;
}

/** A reward is had once, by the person: the key is what keeps two updates from giving it twice. */
@Entity('reward_had', { withoutRowid: true })
@ForeignKey('CustomerRow', ['organizationId', 'customerId'], ['organizationId', 'id'])
export class RewardHadRow {
  @PrimaryColumn('text', { name: 'organization_id' }) organizationId: string;
  @PrimaryColumn(wholeNumber('customer_id')) customerId: number;
  @PrimaryColumn('text') rule: string;
}
