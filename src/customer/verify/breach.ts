import type { EntityManager } from 'typeorm';
import type { CustomerRange } from './customer-range.js';

/** One thing that does not hold, told by ids and by names of fields: never by a value of a person. */
export interface Breach {
  /** Null where it is the database's own. */
  readonly organizationId: string | null;
  readonly customerId?: number;
  readonly mergeId?: string;
  /** In the organization's audit log. */
  readonly position?: number;
  /** That of an audit event or a ledger entry of the customer. */
  readonly sequence?: number;
  readonly reason: string;
}

/** Reads all rows of a range of customers, those without their customer too, and tells what does not hold. */
export type CustomerCheck = (manager: EntityManager, range: CustomerRange) => AsyncIterable<Breach>;

/** The breach in one line: `organization 100, customer 7, sequence 12: …`. */
export function describeBreach({ organizationId, customerId, mergeId, position, sequence, reason }: Breach): string {
  const concerned = [
    organizationId === null ? 'database' : `organization ${organizationId}`,
    ...(mergeId === undefined ? [] : [`merge ${mergeId}`]),
    ...(position === undefined ? [] : [`position ${position}`]),
    ...(customerId === undefined ? [] : [`customer ${customerId}`]),
    ...(sequence === undefined ? [] : [`sequence ${sequence}`]),
  ];
  return `${concerned.join(', ')}: ${reason}`;
}

/** A reason with the fields that it is about; none where there are none. */
export const reasonWith = (reason: string, fields: readonly string[]): string[] =>
  fields.length === 0 ? [] : [`${reason}: ${fields.join(', ')}`];
