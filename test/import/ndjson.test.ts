import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ndjsonSource, readLines } from '../../src/customer/import/ndjson.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ndjson-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

function written(content: string | Buffer): string {
  const path = join(folder, 'file.ndjson');
  writeFileSync(path, content);
  return path;
}

async function recordsOf(content: string | Buffer) {
  const records = [];
  for await (const piece of (await ndjsonSource(written(content))).read()) records.push(...piece.records);
  return records.map(({ position, value, fault }) => [position, fault ?? value]);
}

describe('ndjsonSource', () => {
  test('reads a record from each line that is not blank, and counts all', async () => {
    expect(await recordsOf('{"a":1}\n\n  \r\n{"a":2}\r\n"x"\n')).toEqual([
      [1, { a: 1 }],
      [4, { a: 2 }],
      [5, 'x'],
    ]);
  });

  test('needs no line feed behind the last line', async () => {
    expect(await recordsOf('{"a":1}\n{"a":2}')).toEqual([
      [1, { a: 1 }],
      [2, { a: 2 }],
    ]);
  });

  test('reads nothing from nothing', async () => {
    expect(await recordsOf('')).toEqual([]);
    expect(await recordsOf('\n\n')).toEqual([]);
  });

  test('passes over a byte order mark at the beginning, and nowhere else', async () => {
    expect(await recordsOf('\uFEFF{"a":1}\n\uFEFF{"a":2}\n')).toEqual([
      [1, { a: 1 }],
      [2, 'is not JSON'],
    ]);
  });

  test('goes on behind a line that it can not read', async () => {
    const bytes = Buffer.concat([Buffer.from('{\n'), Buffer.from([0x22, 0xff, 0x22]), Buffer.from('\n{"a":3}')]);
    expect(await recordsOf(bytes)).toEqual([
      [1, 'is not JSON'],
      [2, 'is not UTF-8'],
      [3, { a: 3 }],
    ]);
  });

  test('takes a line of 1 MiB, and no longer one', async () => {
    const line = (bytes: number) => `"${'x'.repeat(bytes - 2)}"`;
    const records = await recordsOf(`${line(2 ** 20)}\n${line(2 ** 20 + 1)}\n${line(3 * 2 ** 20)}\n7`);
    expect(records.slice(1)).toEqual([
      [2, 'is longer than 1048576 bytes'],
      [3, 'is longer than 1048576 bytes'],
      [4, 7],
    ]);
    expect(records[0]?.[1]).toHaveLength(2 ** 20 - 2);
  });

  test('can be read again, and tells how far it is', async () => {
    const source = await ndjsonSource(written('1\n2\n'));
    for (let pass = 1; pass <= 2; pass += 1) {
      const pieces = [];
      for await (const { records, end } of source.read()) pieces.push([records.map(({ value }) => value), end]);
      expect(pieces).toEqual([[[1, 2], 4]]);
    }
    expect(source.size).toBe(4);
  });

  test('names lines', async () => {
    const source = await ndjsonSource(written(''));
    expect(source.locate(3, '')).toBe('line 3');
    expect(source.locate(3, 'customFields.age')).toBe('line 3, customFields.age');
  });
});

describe('readLines', () => {
  test('finds the lines of any file, wherever its pieces end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ minLength: 0, maxLength: 60_000, unit: fc.constantFrom('a', 'é', '𝒳', '\r', ' ') }), {
          maxLength: 40,
        }),
        async (texts) => {
          const found: (string | null)[] = [];
          for await (const { lines } of readLines(written(texts.join('\n')), 100_000)) {
            for (const { number, bytes } of lines) {
              expect(number).toBe(found.length + 1);
              found.push(bytes?.toString('utf8') ?? null);
            }
          }
          const expected = texts.map((text) => (Buffer.byteLength(text) > 100_000 ? null : text));
          // An end without a line feed is a line only where something stands in it.
          if (expected.at(-1) === '') expected.pop();
          expect(found).toEqual(expected);
        },
      ),
      { numRuns: 40 },
    );
  });
});
