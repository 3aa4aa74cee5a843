import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { GraphQLError } from 'graphql';
import type { UserContext } from '../audit/audit-event.js';
import type { Caller } from '../organization/caller.js';
import { codePointLength, hasForbiddenCharacters } from '../values/text.js';
import { decodeUtf8 } from './utf8.js';

/** What a resolver knows of the request that it answers. */
export interface RequestContext {
  readonly requestId: string;
  /** Null where the request has no right credentials; it can be introspection only, then. */
  readonly caller: Caller | null;
  readonly userContext: UserContext;
}

export const REQUEST_ID_HEADER = 'X-CAP-REQUEST-ID';

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
