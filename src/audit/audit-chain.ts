import { hash } from 'node:crypto';
import type { AuditEvent, UserContext } from './audit-event.js';
import { isFigureChange, type FieldChange } from './field-change.js';

// How the chain is worked out is told to others in docs/audit-chain.md: what is written here must stay as it is there.
// All is SHA-256 of JSON as JSON.stringify writes it (RFC 8785), in UTF-8.

/** The last event of an organization's chain: which place it has, and its hash. */
export interface AuditHead {
  readonly position: number;
  /** SHA-256, in hexadecimal. */
  readonly hash: string;
}

/** The place of an event in its organization's chain. */
export interface AuditLink {
  /** From 1 on, without gaps. */
  readonly position: number;
  readonly hash: string;
  /** What makes the digest of its values one that nobody can guess; null once they are erased. */
  readonly salt: string | null;
  /** Null while the values are there, of which it follows. */
  readonly valuesDigest: string | null;
}

export type LinkedEvent = AuditEvent & AuditLink;

/** What is there before the first event. */
export const firstHead: AuditHead = { position: 0, hash: '0'.repeat(64) };

/** An event before it has its place in the chain. */
export type SealedEvent = AuditEvent & {
  readonly salt: string;
  /** What its hash is worked out of, but for its position and the hash before. */
  readonly body: string;
};

export interface Linked {
  readonly events: readonly LinkedEvent[];
  /** The new heads of the organizations that have events. */
  readonly heads: ReadonlyMap<string, AuditHead>;
}

/** Pure: each salt has to be new and nobody's guess. */
export const sealEvent = (event: AuditEvent, salt: string): SealedEvent => ({
  salt,
  body: eventBody(event, valuesDigest(event, salt)),
  ...event,
});

/**
 * Puts the events at the ends of their organizations' chains, in their order. Pure: `heads` are the ends as they are, by
 * organization. Throws where an organization's head is not there.
 */
export function linkEvents(events: readonly SealedEvent[], heads: ReadonlyMap<string, AuditHead>): Linked {
  const ends = new Map<string, AuditHead>();
  const linked = events.map((event): LinkedEvent => {
    const before = ends.get(event.organizationId) ?? heads.get(event.organizationId);
    if (before === undefined) throw new Error(`The audit log of organization ${event.organizationId} has no head`);
    const position = before.position + 1;
    const own = eventHash(before.hash, position, event.body);
    ends.set(event.organizationId, { position, hash: own });
    return { position, hash: own, valuesDigest: null, ...event };
  });
  return { events: linked, heads: ends };
}

/** The digest of all that an erasure takes: for whom the client acted, and the values of all changes but figures. */
export function valuesDigest(
  { userContext, changes }: Pick<AuditEvent, 'userContext' | 'changes'>,
  salt: string,
): string {
  const values = changes.filter((change) => !isFigureChange(change));
  const cells = [
    'audit-values/1',
    salt,
    userContext === null ? null : contextCells(userContext),
    values.map(({ previous, current }) => [previous, current]),
  ];
  return hash('sha256', JSON.stringify(cells), 'hex');
}

/** The hash of the event with this body at the position behind the event whose hash is `previousHash`. */
export const eventHash = (previousHash: string, position: number, body: string): string =>
  hash('sha256', `${TAG}"${previousHash}",${position},${body}`, 'hex');

/** How what is hashed begins. A database that links events by itself says the same. */
export const TAG = '["audit-event/1",';

/** What is hashed of the event behind its position: the rest of a JSON array. */
export const eventBody = (event: AuditEvent, values: string): string =>
  JSON.stringify([
    event.organizationId,
    event.customerId,
    event.sequence,
    event.at,
    event.action,
    event.version,
    event.requestId,
    event.client,
    event.tillCode,
    event.mergeId,
    event.changes.map(changeCells),
    values,
  ]).slice(1);

/** As it is kept elsewhere: `12:5f0c…`. */
export const formatHead = ({ position, hash: own }: AuditHead): string => `${position}:${own}`;

/** The head that the text is; null where it is none. */
export function parseHead(text: string): AuditHead | null {
  const [, position, own] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  return position === undefined || own === undefined ? null : { position: Number(position), hash: own };
}

const contextCells = ({ entityType, entityId, source, sourceId }: UserContext) => [
  entityType,
  entityId,
  source,
  sourceId,
];

const changeCells = (change: FieldChange) =>
  isFigureChange(change) ? [change.field, change.rule, change.previous, change.current] : [change.field, change.rule];
