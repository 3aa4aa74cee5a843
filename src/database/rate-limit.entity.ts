import { Column, Entity, PrimaryColumn } from 'typeorm';
import { wholeNumber } from './columns.js';

/** What each client has sent lately; only PostgreSQL has rows. */
@Entity('rate_limit', { withoutRowid: true })
export class RateLimitRow {
  @PrimaryColumn('text') key: string;
  @Column('integer') points: number;
  /** The end of the while in which it counts, in milliseconds. */
  @Column({ ...wholeNumber('expire'), nullable: true }) expire: number | null;
}
