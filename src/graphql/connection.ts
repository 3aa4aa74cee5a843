import type { FoundPage, LogPosition, Page } from '../values/log-page.js';
import { badUserInput } from './caller-error.js';

export interface Connection<Node> {
  readonly edges: { readonly cursor: string; readonly node: Node }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** The most entries of a log in one answer. */
export const mostAtATime = 500;

/** Reads the arguments of a log. More than 500 are cut to 500; what has not the form of a cursor is BAD_USER_INPUT. */
export function readPage(first: number, after: string | null | undefined): Page {
  if (first < 0) throw badUserInput('first is negative: give 0 to 500');
  return { first: Math.min(first, mostAtATime), after: after == null ? null : readCursor(after) };
}

/** Makes a page's answer of the rows found for it. */
export function connection<Node extends LogPosition>({ rows, hasNextPage }: FoundPage<Node>): Connection<Node> {
  const edges = rows.map((node) => ({ cursor: writeCursor(node), node }));
  return { edges, pageInfo: { hasNextPage, endCursor: edges.at(-1)?.cursor ?? null } };
}

const writeCursor = ({ sequence, customerId }: LogPosition): string =>
  Buffer.from(`${sequence}.${customerId}`).toString('base64url');

function readCursor(cursor: string): LogPosition {
  const match = /^(\d{1,16})\.(\d{1,16})$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (match === null) throw badUserInput('after is no cursor of an earlier answer');
  return { sequence: Number(match[1]), customerId: Number(match[2]) };
}
