import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { wholeNumber } from '../database/columns.js';

@Entity('idempotency_record', { withoutRowid: true })
@Index('idempotency_record_by_age', ['createdAt'])
export class IdempotencyRecordRow {
  @PrimaryColumn('text', { name: 'organization_id' }) organizationId: string;
  @PrimaryColumn('text', { name: 'client_id' }) clientId: string;
  @PrimaryColumn('text') key: string;
  @Column('text', { name: 'input_hash' }) inputHash: string;
  @Column(wholeNumber('customer_id')) customerId: number;
  /** What was answered, as JSON, without the customer. */
  @Column('text') answer: string;
  @Column(wholeNumber('created_at')) createdAt: number;
}
