import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { json, wholeNumber } from '../database/columns.js';
import type { AuditAction, UserContext } from './audit-event.js';
import type { FieldChange } from './field-change.js';

@Entity('audit_event', { withoutRowid: true })
@Index('audit_event_by_position', ['organizationId', 'position'], { unique: true })
@ForeignKey('CustomerRow', ['organizationId', 'customerId'], ['organizationId', 'id'])
export class AuditEventRow {
  @PrimaryColumn('text', { name: 'organization_id' }) organizationId: string;
  @PrimaryColumn(wholeNumber('customer_id')) customerId: number;
  @PrimaryColumn(wholeNumber('sequence')) sequence: number;
  @Column(wholeNumber('at')) at: number;
  @Column('text') action: AuditAction;
  @Column('integer') version: number;
  @Column('text', { name: 'request_id' }) requestId: string;
  @Column('text') client: string;
  @Column('text', { name: 'till_code', nullable: true }) tillCode: string | null;
  @Column({ ...json('user_context'), nullable: true }) userContext: UserContext | null;
  @Column(json('changes')) changes: FieldChange[];
  @Column('text', { name: 'merge_id', nullable: true }) mergeId: string | null;
  /** Its place in the organization's chain, from 1 on; null only where somebody has put it there by hand. */
  @Column({ ...wholeNumber('position'), nullable: true }) position: number | null;
  @Column('text', { nullable: true }) hash: string | null;
  /** Null once the values are erased. */
  @Column('text', { nullable: true }) salt: string | null;
  /** Null while the values are there. */
  @Column('text', { name: 'values_digest', nullable: true }) valuesDigest: string | null;
}

/** The end of each organization's chain of audit events. */
@Entity('audit_head', { withoutRowid: true })
@ForeignKey('OrganizationRow', ['organizationId'], ['id'])
export class AuditHeadRow {
  @PrimaryColumn('text', { name: 'organization_id' }) organizationId: string;
  @Column(wholeNumber('position')) position: number;
  @Column('text') hash: string;
}
