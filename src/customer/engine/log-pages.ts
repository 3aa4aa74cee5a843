import type { EntityManager } from 'typeorm';
import {
  findAuditEvents,
  findAuditEventSizes,
  MOST_BYTES_OF_CHANGES,
  type AuditEventSize,
  type FoundAuditEvent,
  type UnreadAuditEvent,
} from '../../audit/audit.store.js';
import type { LogPart } from '../../database/log-rows.js';
import { findLedgerEntries, type FoundLedgerEntry } from '../../points/points.store.js';
import type { FoundPage, LogPosition, Page } from '../../values/log-page.js';

/** The customers whose log it is, up to a sequence: newest first, a page of it. */
export interface LogSought {
  readonly organizationId: string;
  readonly customerIds: readonly number[];
  readonly lastSequence: number;
  readonly page: Page;
}

/** The log of fewer is read in one statement, a page of each. */
const MANY_CUSTOMERS = 10;

/** A page of each audit log: it ends early where its changes are a megabyte. */
export const auditPages = async (
  reader: EntityManager,
  asked: readonly LogSought[],
): Promise<FoundPage<FoundAuditEvent>[]> =>
  pagesOf<FoundAuditEvent>(asked, await partsOnPages(asked, reader), (parts, limit) =>
    findAuditEvents(reader, parts, limit),
  );

/** A page of each ledger. */
export const ledgerPages = (
  reader: EntityManager,
  asked: readonly LogSought[],
): Promise<FoundPage<FoundLedgerEntry>[]> =>
  pagesOf<FoundLedgerEntry>(asked, asked.map(partsOf), (parts, limit) => findLedgerEntries(reader, parts, limit));

type FindRows<Row> = (parts: readonly LogPart[], limit: number) => Promise<(Row | UnreadAuditEvent)[][]>;

/** Reads each customer's part of each log by itself, which its key is made for, and puts them together. */
async function pagesOf<Row extends LogPosition>(
  asked: readonly LogSought[],
  parts: readonly (readonly LogPart[])[],
  findRows: FindRows<Row>,
): Promise<FoundPage<Row>[]> {
  const rows = await findRows(parts.flat(), longest(asked));
  let start = 0;
  return asked.map(({ page }, index) => {
    const own = rows.slice(start, (start += parts[index]?.length ?? 0)).flat();
    return pageOf(own.sort(newestFirst), page);
  });
}

function pageOf<Row extends object>(rows: readonly (Row | UnreadAuditEvent)[], { first }: Page): FoundPage<Row> {
  const isRead = (row: Row | UnreadAuditEvent): row is Row => !('isUnread' in row);
  const unread = rows.findIndex((row) => !isRead(row));
  const held = rows.slice(0, unread === -1 ? first : Math.min(first, unread));
  return { rows: held.filter(isRead), hasNextPage: rows.length > held.length };
}

function partsOf({ organizationId, customerIds, lastSequence, page: { after } }: LogSought): LogPart[] {
  return customerIds.map((customerId) => {
    // Among events of one sequence, those of greater ids stand before.
    const next = after === null ? lastSequence : after.sequence - (customerId < after.customerId ? 0 : 1);
    return { organizationId, customerId, firstSequence: 0, lastSequence: Math.min(lastSequence, next) };
  });
}

/**
 * The parts as far as their pages go. Where many accounts were merged into a customer, a page of each would be read to
 * answer one page of them all, with every change in it: so the sizes of their events are read first, and tell where the
 * page ends.
 */
async function partsOnPages(asked: readonly LogSought[], reader: EntityManager): Promise<LogPart[][]> {
  const wide = asked.filter(({ customerIds }) => customerIds.length > MANY_CUSTOMERS);
  if (wide.length === 0) return asked.map(partsOf);
  const sizes = await findAuditEventSizes(reader, wide.flatMap(partsOf), longest(wide));
  let start = 0;
  return asked.map((one) => {
    const parts = partsOf(one);
    if (!wide.includes(one)) return parts;
    const own = sizes.slice(start, (start += parts.length));
    const events = own.flat();
    const firstSequence =
      Float64Array.from(events, ({ sequence }) => sequence)
        .sort()
        .at(-rowsOf(one.page)) ?? 0;
    const lastRead = lastReadOf(events.filter(({ sequence }) => sequence >= firstSequence).sort(newestFirst));
    return parts
      .filter((_, index) => (own[index]?.[0]?.sequence ?? -1) >= firstSequence)
      .map((part) => {
        // As of one sequence those of greater ids stand before.
        const longFrom = lastRead.sequence + (part.customerId < lastRead.customerId ? 1 : 0);
        return { ...part, firstSequence, longFrom };
      });
  });
}

/** With which of these events, newest first, their changes are as large as a page's may be. */
function lastReadOf(events: readonly AuditEventSize[]): LogPosition {
  let bytes = 0;
  const last = events.find((event) => (bytes += event.bytes) >= MOST_BYTES_OF_CHANGES);
  return last ?? { sequence: 0, customerId: 0 };
}

/** One more than the page holds: whether there is a next one. */
const rowsOf = ({ first }: Page): number => first + 1;

const longest = (asked: readonly LogSought[]): number => Math.max(...asked.map(({ page }) => rowsOf(page)));

const newestFirst = (one: LogPosition, other: LogPosition): number =>
  other.sequence - one.sequence || other.customerId - one.customerId;
