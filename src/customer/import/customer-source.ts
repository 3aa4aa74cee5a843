import { formatPath } from '../../organization/file-fault.js';

/** One record of a file, or why there is none where one should be. */
export interface SourceRecord {
  /** A line of an NDJSON file, from 1; an entry of an organization file's customers, from 0. */
  readonly position: number;
  readonly value: unknown;
  readonly fault: string | null;
  /** The paths of keys that stand there twice: which value was meant, nobody knows. */
  readonly doubled: readonly string[];
}

export interface SourcePiece {
  readonly records: readonly SourceRecord[];
  /** How much of `size` is read with this piece. */
  readonly end: number;
}

/** Customers to import, which can be read more than once: what needs all of them must not need them in memory. */
export interface CustomerSource {
  readonly size: number;
  read(): AsyncIterable<SourcePiece>;
  /** Like `read`, but may leave out records that give themselves no id, and does not look for doubled keys. */
  readGivenIds(): AsyncIterable<SourcePiece>;
  /** How the operator finds a value: `line 12, customFields.age`, or `customers[3].customFields.age`. */
  locate(position: number, path: string): string;
}

const RECORDS_A_PIECE = 1000;

/** The customers inside an organization file, whose keys stand there once. */
export function listSource(customers: readonly unknown[]): CustomerSource {
  // eslint-disable-next-line @typescript-eslint/require-await -- a list is at hand; a file is not
  async function* read(): AsyncGenerator<SourcePiece> {
    for (let start = 0; start < customers.length; start += RECORDS_A_PIECE) {
      const piece = customers.slice(start, start + RECORDS_A_PIECE);
      yield {
        records: piece.map((value, index) => ({ position: start + index, value, fault: null, doubled: [] })),
        end: start + piece.length,
      };
    }
  }
  return {
    size: customers.length,
    read,
    readGivenIds: read,
    locate: (position, path) => formatPath(path === '' ? ['customers', position] : ['customers', position, path]),
  };
}
