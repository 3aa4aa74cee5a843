import fc, { type Arbitrary } from 'fast-check';

// Values that services have stumbled over: by themselves, in each other, and where another one belongs.

/** What a JSON text has to have as it is, where a string in quotes would stand: `1e400`. */
export const raw = (json: string): string => `<raw ${json}>`;
export const withRaw = (json: string): string => json.replace(/"<raw ([^">]*)>"/g, '$1');

const characters = [
  ...['\0', '\u0001', '\u001f', '\t', '\n', '\r\n', '\u007f', '\u0085', '\u2028', '\u2029', '\ufeff', '\ufffd'],
  // Not characters, half of one, beyond the basic plane, private.
  ...['\ufffe', '\uffff', '\ud800', '\udfff', '\udc00\ud800', '\u{1f600}', '\u{10ffff}', '\u{e0001}', '\ue000'],
  // Composed and not; more marks than anybody needs; such that change length in NFC, NFKC and in capitals.
  ...['é', 'e\u0301', 'Å', '\u212b', 'A\u030a', '\u0344', '\u0958', 'ﬁ', 'ß', 'ẞ', '\u0345', 'ǰ', 'ΐ', '각', '각'],
  ...['Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d', '\u0301', '\ufdfa', '\u{1d160}', '\u0e33', '\u{11938}'],
  // Case that is not where one looks for it.
  ...['İ', 'ı', 'ſ', 'K', 'Ω', 'ς', 'Σ', 'ǅ', 'ŉ', 'Ⅷ', 'ⓐ', '\u{10400}', 'Ꭰ', 'ꭰ'],
  // Invisible, from right to left, joined.
  ...['\u200b', '\u200c', '\u200d', '\u2060', '\u00ad', '\u034f', '\u061c', '\u200e', '\u200f', '\u202e', '\u2066'],
  ...['عربي', 'עִבְרִית', 'क्‍ष', 'க்ஷ', '👨‍👩‍👧‍👦', '🏳️‍🌈', '🇬🇧', '☎️', '\u00a0', '\u3000', '\u1680', '\u180e', '\u2003'],
  ...['０１２', '٠١٢', '۰۱۲', '०१२', '²', '½', '－', '＋', '＠', '．'],
] as const;

const metacharacters = [
  ...[`'`, `''`, `"`, '`', '\\', '\\\\', '\\u0000', '\\x00', '%', '_', '%_%', '*', '?', '$1', '$$', ':id', '@id', ';'],
  ...[`' OR 1=1 --`, `'; DROP TABLE customer; --`, `" OR ""="`, `') UNION SELECT * FROM client --`, '1; SELECT 1'],
  ...[`E'\\''`, '$tag$ x $tag$', '::text', 'NULL', 'null', 'undefined', 'NaN', 'true', '[object Object]', '{}', '[]'],
  ...[
    '{"$gt":""}',
    '{"$ne":null}',
    '["46"]',
    '[["a"]]',
    '{1,2}',
    '{"a","b"}',
    '(1,2)',
    '[1,2)',
    '1,2',
    '{{7*7}}',
    '${7*7}',
  ],
  ...['<script>', '&amp;', '&#0;', '&lol;', ']]>', '<!--', '<!DOCTYPE a>', '%00', '%2e%2e/', '../', '\\N', '\\.', '#'],
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '__defineGetter__', 'valueOf', 'length'],
] as const;

const numbers = [
  ...[
    '0',
    '-0',
    '+0',
    '00',
    '1',
    '-1',
    '01',
    '1.',
    '.5',
    '1.0',
    '1e3',
    '1e400',
    '-1e400',
    '1E-7',
    '0x10',
    '1_000',
    '1,5',
  ],
  ...['2147483647', '2147483648', '-2147483648', '-2147483649', '4294967296', '999999999999999', '1000000000000000'],
  ...['9007199254740991', '9007199254740992', '9007199254740993', '-9007199254740993', '9223372036854775807'],
  ...['9223372036854775808', '18446744073709551616', '0.1', '0.0001', '999999999999.9999', 'Infinity', '१', '٣'],
] as const;

const instants = [
  ...['0000-01-01T00:00:00Z', '0000-01-01 00:00:00', '0000-01-01T00:00:00+23:59', '0001-01-01T00:00:00Z'],
  ...['9999-12-31T23:59:59Z', '9999-12-31 23:59:59', '9999-12-31T23:59:59-23:59', '9999-12-31T23:59:59.999999999Z'],
  ...['+275760-09-13T00:00:00Z', '-000001-01-01T00:00:00Z', '-271821-04-20T00:00:00Z', '10000-01-01T00:00:00Z'],
  ...['1969-12-31T23:59:59.999Z', '1970-01-01T00:00:00.0005Z', '1900-01-01 00:00:00', '1899-12-31T23:59:59Z'],
  ...[
    '2016-12-31T23:59:60Z',
    '2016-12-31T24:00:00Z',
    '2016-12-31 24:00:00',
    '2023-02-29 00:00:00',
    '2000-02-29 12:00:00',
  ],
  ...[
    '1900-02-29 00:00:00',
    '2024-02-30T00:00:00Z',
    '2024-00-01T00:00:00Z',
    '2024-13-01T00:00:00Z',
    '2024-01-32 00:00:00',
  ],
  // Skipped and repeated in New York; the day that Apia skipped; an offset of seconds; what Paris did in 1911.
  ...[
    '2024-03-10 02:30:00',
    '2024-11-03 01:30:00',
    '2011-12-30 12:00:00',
    '1880-01-01 00:00:00',
    '1911-03-11 00:00:00',
  ],
  ...[
    '2024-01-01T00:00:00+23:59',
    '2024-01-01T00:00:00-23:59',
    '2024-01-01T00:00:00+24:00',
    '2024-01-01T00:00:00-00:00',
  ],
  ...[
    '2024-01-01t00:00:00z',
    '2024-01-01T00:00:00',
    '2024-01-01T00:00Z',
    '2024-01-01',
    '20240101T000000Z',
    '1998/12/01',
  ],
  ...[
    '2024-1-1 0:0:0',
    ' 2024-01-01 00:00:00',
    '2024-01-01  00:00:00',
    '２０２４-01-01 00:00:00',
    '2024-01-01T00:00:00.Z',
  ],
  ...['2024-06-01T12:00:00.123456789012345678901234567890Z', '2026-01-02T00:00:00Z', '2026-01-02T00:00:00.001Z'],
] as const;

const addresses = [
  ...['a@b.c', 'A@B.C', ' a@b.c ', 'a@b', 'a@@b.c', '@b.c', 'a@.c', 'a@b..c', 'a@b.c.', '"a b"@c.d', 'a@[127.0.0.1]'],
  ...['K@example.com', 'ſ@example.com', 'a@exаmple.com', 'a@münchen.de', "o'hara+x%y_z@example.com", 'a\u200b@b.c'],
  ...['+447700900111', '447700900111', '07700 900111', '+44 (0)7700-900111', '００447700900111', '+', '0', '00', '999'],
  ...[
    'tel:+447700900111',
    '+447700900111;ext=5',
    '+447700900111 x5',
    '+4477009001111111111',
    '+1',
    '+999123',
    '٠٧٧٠٠٩٠٠١١١',
  ],
] as const;

/** One of each kind of what a text may be that some part of a program can't take. */
export const worst = [
  ...['a\0b', 'a\udfffb', '\uffff\u{10ffff}', 'İe\u0301', '', `'"\\%$1?{`, '__proto__', '1e400', '9007199254740993'],
  'a'.repeat(70_000),
] as const;

const known = fc.constantFrom(...characters, ...metacharacters, ...numbers, ...instants, ...addresses);

/** Up to the lengths that something allows, and one more; and what fills a body. */
const long = fc
  .tuple(
    fc.constantFrom('a', 'é', 'e\u0301', '\u{1f600}', '7', '\u200d', "'", ' '),
    fc.constantFrom(39, 40, 41, 64, 65, 100, 101, 128, 129, 250, 251, 254, 255, 256, 257, 4000, 70_000),
  )
  .map(([character, length]) => character.repeat(length));

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.array(fc.nat(0xffff), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
);

export const oddText: Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: known },
  { weight: 2, arbitrary: fc.array(known, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')) },
  { weight: 2, arbitrary: anyText },
  { weight: 1, arbitrary: long },
  { weight: 1, arbitrary: fc.constant('') },
);

/** The text as somebody or something else would have written it. */
export const rewritten = (texts: Arbitrary<string>): Arbitrary<string> =>
  fc.tuple(texts, fc.constantFrom(...rewriters), known).map(([text, rewrite, by]) => rewrite(text, by));

const rewriters: readonly ((text: string, by: string) => string)[] = [
  (text) => text.toUpperCase(),
  (text) => text.toLowerCase(),
  (text) => text.normalize('NFD'),
  (text) => text.normalize('NFKC'),
  (text) => ` \u00a0${text}\u3000`,
  (text) => text.replace(/[0-9]/g, (digit) => String.fromCharCode(0xff10 + Number(digit))),
  (text, by) => by + text,
  (text, by) => text + by,
  (text, by) => text.slice(0, 3) + by + text.slice(3),
  (text) => text.replace(/k/gi, 'K').replace(/s/g, 'ſ').replace(/i/gi, 'İ'),
];

const deep = (depth: number, inner: string): string => raw(`${'['.repeat(depth)}${inner}${']'.repeat(depth)}`);

/** Anything that JSON can say, where something else belongs; numbers that a double can't hold, too. */
export const oddJson: Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, 0, 1, -1, 1.5, [], {}, [null], [[]], { name: null }, ['a'], { $gt: '' }),
  fc.constantFrom(...numbers.filter((text) => /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e-?\d+)?$/i.test(text))).map(raw),
  fc.constantFrom(10, 100, 3000).map((depth) => deep(depth, '')),
  oddText,
  fc.array(oddText, { maxLength: 3 }),
  fc.dictionary(oddText, oddText, { maxKeys: 3, noNullPrototype: true }),
  fc.jsonValue({ maxDepth: 3 }),
);
