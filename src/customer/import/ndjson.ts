import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { CustomerSource, SourceRecord } from './customer-source.js';
import { doubledKeys } from './doubled-keys.js';

const MAX_LINE_BYTES = 2 ** 20;
// Pieces of a megabyte are no faster, and take 70 MB more.
const READ_BYTES = 2 ** 18;
const LINE_FEED = 0x0a;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

interface Line {
  readonly number: number;
  /** Null where the line is too long; none of it is kept then. */
  readonly bytes: Buffer | null;
}

interface Lines {
  readonly lines: readonly Line[];
  readonly end: number;
}

/** Customers as one JSON object a line. The file has to be one that can be read twice, so no pipe. */
export async function ndjsonSource(path: string): Promise<CustomerSource> {
  const { size } = await stat(path);
  return {
    size,
    async *read() {
      for await (const { lines, end } of readLines(path)) {
        yield { records: lines.flatMap((line) => readLine(line, doubledKeys) ?? []), end };
      }
    },
    async *readGivenIds() {
      for await (const { lines, end } of readLines(path)) {
        yield { records: lines.filter(mayGiveId).flatMap((line) => readLine(line, () => []) ?? []), end };
      }
    },
    locate: (line, inside) => (inside === '' ? `line ${line}` : `line ${line}, ${inside}`),
  };
}

/** The lines of a file, in memory no more of it than what was read at once and a line of the greatest length. */
export async function* readLines(path: string, maxLineBytes = MAX_LINE_BYTES): AsyncGenerator<Lines> {
  let number = 1;
  let end = 0;
  let begun: Buffer[] = [];
  let begunBytes = 0;

  function takeLine(rest: Buffer): Line {
    const isTooLong = begunBytes + rest.length > maxLineBytes;
    const line = { number, bytes: isTooLong ? null : begun.length === 0 ? rest : Buffer.concat([...begun, rest]) };
    begun = [];
    begunBytes = 0;
    number += 1;
    return line;
  }

  for await (const chunk of createReadStream(path, { highWaterMark: READ_BYTES }) as AsyncIterable<Buffer>) {
    const lines: Line[] = [];
    let from = 0;
    for (let at = chunk.indexOf(LINE_FEED); at !== -1; at = chunk.indexOf(LINE_FEED, from)) {
      lines.push(takeLine(chunk.subarray(from, at)));
      from = at + 1;
    }
    begunBytes += chunk.length - from;
    if (begunBytes > maxLineBytes) begun = [];
    else if (from < chunk.length) begun.push(chunk.subarray(from));
    end += chunk.length;
    yield { lines, end };
  }
  if (begunBytes > 0) yield { lines: [takeLine(Buffer.alloc(0))], end };
}

/** False where the line can't have the key `id`, however it is written: parsing it costs far more than this. */
function mayGiveId({ bytes }: Line): boolean {
  return bytes !== null && (bytes.includes('"id"') || bytes.includes('\\u'));
}

/** A line's record; null for a blank line. */
function readLine({ number, bytes }: Line, findDoubled: typeof doubledKeys): SourceRecord | null {
  const fault = (reason: string): SourceRecord => ({ position: number, value: null, fault: reason, doubled: [] });
  if (bytes === null) return fault(`is longer than ${MAX_LINE_BYTES} bytes`);
  if (!isUtf8(bytes)) return fault('is not UTF-8');
  const marked = number === 1 && bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
  const text = bytes.toString('utf8', marked ? BYTE_ORDER_MARK.length : 0);
  if (text.trim() === '') return null;
  try {
    const value: unknown = JSON.parse(text);
    return { position: number, value, fault: null, doubled: findDoubled(text, value) };
  } catch {
    // The parser's own words quote the line, which is about a person.
    return fault('is not JSON');
  }
}
