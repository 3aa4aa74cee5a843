import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { GraphQLError } from 'graphql';
import type { UserContext } from '../audit/audit-event.js';
import type { Reads } from '../database/reads.js';
import type { Caller } from '../organization/caller.js';
import { codePointLength, hasForbiddenCharacters } from '../values/text.js';
import type { RequestRecord } from './request-record.js';
import { decodeUtf8 } from './utf8.js';

/** What a resolver knows of the request that it answers. */
export interface RequestContext {
  readonly requestId: string;
  /** Null where the request has no right credentials; it can be introspection only, then. */
  readonly caller: Caller | null;
  readonly userContext: UserContext;
  /** By what it reads customers and what belongs to them. */
  readonly reads: Reads;
  readonly record: RequestRecord;
}

export const REQUEST_ID_HEADER = 'X-CAP-REQUEST-ID';

/**
 * On the answer of an update: where it is in the database's history. On a request: the answers that a query has to be
 * after, so that it sees what they tell; for whatever is no such answer, it is as new as it gets.
 */
export const READ_AFTER_HEADER = 'X-CAP-READ-AFTER';

/** What is answered where nobody knows what was stored. */
export const READ_FROM_PRIMARY = 'primary';

const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;

/** The headers of the user context, by the part of it that each gives. */
export const USER_CONTEXT_HEADERS: Readonly<Record<keyof UserContext, string>> = {
  entityType: 'USER-CONTEXT-ENTITY-TYPE',
  entityId: 'USER-CONTEXT-ENTITY-ID',
  source: 'USER-CONTEXT-ENTITY-SOURCE',
  sourceId: 'USER-CONTEXT-ENTITY-SOURCE-ID',
};

const LONGEST_USER_CONTEXT = 100;

/** The request's own id where it gives a usable one ("X-CAP-REQUEST-ID"), else a new one. */
export function readRequestId(headers: IncomingHttpHeaders): string {
  const given = headers[REQUEST_ID_HEADER.toLowerCase()];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

/** What the client has seen answered ("X-CAP-READ-AFTER"); null where it does not say. */
export function readReadAfter(headers: IncomingHttpHeaders): string | null {
  const given = headers[READ_AFTER_HEADER.toLowerCase()];
  return typeof given === 'string' && given !== '' ? given : null;
}

/**
 * For whom the client says that it acts ("USER-CONTEXT-…"), each part null where it is not said. Throws BAD_USER_INPUT
 * (HTTP 400) for one that the audit log could not keep as it is: cut, it could name somebody else.
 */
export function readUserContext(headers: IncomingHttpHeaders): UserContext {
  return {
    entityType: readHeader(headers, USER_CONTEXT_HEADERS.entityType),
    entityId: readHeader(headers, USER_CONTEXT_HEADERS.entityId),
    source: readHeader(headers, USER_CONTEXT_HEADERS.source),
    sourceId: readHeader(headers, USER_CONTEXT_HEADERS.sourceId),
  };
}

function readHeader(headers: IncomingHttpHeaders, name: string): string | null {
  const raw = headers[name.toLowerCase()];
  if (typeof raw !== 'string' || raw === '') return null;
  // Node reads headers as Latin-1. What came as UTF-8, as most clients send names, is read as that.
  const text = decodeUtf8(Buffer.from(raw, 'latin1')) ?? raw;
  if (codePointLength(text) <= LONGEST_USER_CONTEXT && !hasForbiddenCharacters(text)) return text;
  throw new GraphQLError(`${name} takes at most ${LONGEST_USER_CONTEXT} characters, without control characters`, {
    extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } },
  });
}
