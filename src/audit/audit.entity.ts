import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { json, wholeNumber } from '../database/columns.js';
import type { AuditAction, UserContext } from './audit-event.js';
import type { FieldChange } from './field-change.js';

@Entity('audit_event', { withoutRowid: true })
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
}
