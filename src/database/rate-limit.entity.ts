import { Column, Entity, PrimaryColumn } from 'typeorm';
import { wholeNumber } from './columns.js';

/** What each client has sent lately, as rate-limiter-flexible wants it; only PostgreSQL has rows. */
@Entity('rate_limit', { withoutRowid: true })
export class RateLimitRow {
  @PrimaryColumn('text') key: string;
  @Column('integer') points: number;
  /** In milliseconds. */
  @Column({ ...wholeNumber('expire'), nullable: true }) expire: number | null;
}
