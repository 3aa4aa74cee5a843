import type { Caller } from '../organization/caller.js';

/**
 * What is told of a request when it is answered, in the log and in the metrics: who, what, and what became of it. Whoever
 * works on the request adds what they know. Nothing in it is about a person.
 */
export interface RequestRecord {
  /** The client's id and its organization's, null without right credentials. */
  client: string | null;
  organization: string | null;
  /** Root fields of the schema, or the endpoint's own name; none where it was refused before they were known. */
  operations: readonly string[];
  /** Items of an update that were done now, repeated by their key, or refused. */
  done: number;
  replayed: number;
  refused: number;
  /** Accounts that were merged away. */
  merges: number;
  undos: number;
  /** The codes of errors that were answered as data, and of all others. */
  readonly refusals: string[];
  readonly failures: string[];
  /** How many items the update's batch had, and how long the update had waited for it. */
  batch: { readonly items: number; readonly waitedMs: number } | null;
  isTold: boolean;
}

export const newRequestRecord = (): RequestRecord => ({
  client: null,
  organization: null,
  operations: [],
  done: 0,
  replayed: 0,
  refused: 0,
  merges: 0,
  undos: 0,
  refusals: [],
  failures: [],
  batch: null,
  isTold: false,
});

/** Notes who calls, where the credentials are right. */
export function noteCaller(record: RequestRecord, caller: Caller | null): void {
  record.client = caller?.id ?? null;
  record.organization = caller?.organizationId ?? null;
}

/** What an operation answers with errors as data. */
interface Answered {
  readonly errors: readonly { readonly code: string }[];
}

/** Notes what became of the items of an update. */
export function noteUpdates(
  record: RequestRecord,
  payloads: readonly (Answered & { readonly merges: readonly unknown[]; readonly replayed: boolean })[],
): void {
  for (const payload of payloads) {
    noteErrors(record, payload);
    if (payload.errors.length > 0) record.refused += 1;
    else if (payload.replayed) record.replayed += 1;
    else {
      record.done += 1;
      record.merges += payload.merges.length;
    }
  }
}

export function noteUndo(record: RequestRecord, payload: Answered): void {
  noteErrors(record, payload);
  if (payload.errors.length === 0) record.undos += 1;
}

/** Notes the errors of an operation that changes nothing. */
export function noteErrors({ refusals }: RequestRecord, { errors }: Answered): void {
  for (const { code } of errors) refusals.push(code);
}
