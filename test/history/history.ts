// What clients have done and been told, and what the database says of it afterwards.

/** A version of a customer that a write has led to. */
export interface Place {
  readonly customer: string;
  readonly version: number;
}

export type Outcome =
  /** Where it was replayed, the version is the one that the customer had then, and the write is an earlier one. */
  | { readonly kind: 'done'; readonly places: readonly Place[]; readonly replayed: boolean }
  /** Nothing of it is stored: it was refused, or its answer says so. */
  | { readonly kind: 'refused'; readonly code: string }
  /** Nobody knows: the connection broke, or the answer says so. All of it is stored, or nothing. */
  | { readonly kind: 'unknown' };

/** From the first try to the last answer, in milliseconds of one clock that never goes backwards. */
interface Timed {
  readonly began: number;
  readonly ended: number;
}

export interface Write extends Timed {
  readonly kind: 'write';
  /** What the write is known by in the log. Only undos of one merge share theirs. */
  readonly tag: string;
  readonly customer: string;
  readonly expectedVersion: number | null;
  /** The request that it was in, and where, if the request had several. */
  readonly batch: { readonly id: string; readonly index: number } | null;
  readonly outcome: Outcome;
}

export interface Read extends Timed {
  readonly kind: 'read';
  /** The customer that was answered: the survivor where the one that was asked for is merged. */
  readonly customer: string;
  readonly version: number;
  readonly value: string | null;
}

export type Operation = Write | Read;

/** A version of a customer, as the log has it. */
export interface Version {
  readonly version: number;
  /** The writes that led to it: one, or there is something wrong. */
  readonly tags: readonly string[];
  /** What the log says the value was before; undefined where it says nothing of the value. */
  readonly previous: string | null | undefined;
  readonly value: string | null;
  /** Whether the customer is his own, not merged into another. */
  readonly isLive: boolean;
}

/** All versions of a customer in the order of his log, that of the import first; and what his row says. */
export interface CustomerLog {
  readonly customer: string;
  readonly versions: readonly Version[];
  readonly row: Omit<Version, 'tags' | 'previous'>;
}

export interface History {
  readonly operations: readonly Operation[];
  readonly logs: readonly CustomerLog[];
}
