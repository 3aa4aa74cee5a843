import { describe, expect, test } from 'vitest';
import { breachesOf } from './check-history.js';
import type { CustomerLog, Operation, Outcome, Read, Version, Write } from './history.js';

// Histories by hand: two customers and few operations, each of which the checker has to judge right.

type Span = readonly [began: number, ended: number];

const done = (version: number, customer = '1'): Outcome => ({
  kind: 'done',
  places: [{ customer, version }],
  replayed: false,
});
const replayed = (version: number): Outcome => ({
  ...done(version),
  kind: 'done',
  places: [{ customer: '1', version }],
  replayed: true,
});
const refused = (code = 'SERVICE_UNAVAILABLE'): Outcome => ({ kind: 'refused', code });
const unknown: Outcome = { kind: 'unknown' };

const write = (tag: string, [began, ended]: Span, outcome: Outcome, more: Partial<Write> = {}): Write => ({
  kind: 'write',
  tag,
  customer: '1',
  expectedVersion: null,
  batch: null,
  began,
  ended,
  outcome,
  ...more,
});
const read = ([began, ended]: Span, version: number, value: string | null): Read => ({
  kind: 'read',
  customer: '1',
  version,
  value,
  began,
  ended,
});

/** A log that begins with the import, then has one version for each value. */
function log(values: readonly string[], more: Partial<CustomerLog> = {}): CustomerLog {
  const first: Version = { version: 1, tags: [], previous: undefined, value: null, isLive: true };
  const versions = values.reduce<Version[]>(
    (all, value, index) => [
      ...all,
      { version: index + 2, tags: [value], previous: all.at(-1)?.value ?? null, value, isLive: true },
    ],
    [first],
  );
  const last = versions.at(-1) ?? first;
  const row = { version: last.version, value: last.value, isLive: last.isLive };
  return { customer: '1', versions, row, ...more };
}

/** The same log with one version changed. */
function changed(of: CustomerLog, version: number, change: Partial<Version>): CustomerLog {
  return { ...of, versions: of.versions.map((one) => (one.version === version ? { ...one, ...change } : one)) };
}

const check = (operations: readonly Operation[], ...logs: CustomerLog[]): string[] => breachesOf({ operations, logs });

describe('a history that is linearizable', () => {
  test.each<[string, Operation[], CustomerLog]>([
    ['of nothing', [], log([])],
    ['of one write', [write('a', [0, 1], done(2))], log(['a'])],
    ['of writes at once, in either order', [write('a', [0, 5], done(3)), write('b', [1, 4], done(2))], log(['b', 'a'])],
    [
      'of a read beside a write, which sees it or not',
      [write('a', [2, 5], done(2)), read([0, 3], 2, 'a'), read([1, 3], 1, null)],
      log(['a']),
    ],
    ['of a write that nobody knows of, and is there', [write('a', [0, 1], unknown)], log(['a'])],
    ['of a write that nobody knows of, and is not there', [write('a', [0, 1], unknown)], log([])],
    [
      'of a write that nobody knows of, and came long after',
      [write('a', [0, 1], unknown), write('b', [2, 3], done(2))],
      log(['b', 'a']),
    ],
    ['of one that was tried again with its key', [write('a', [0, 9], replayed(2))], log(['a'])],
    [
      'of one that was replayed when others had followed',
      [write('a', [0, 9], replayed(3)), write('b', [5, 6], done(3))],
      log(['a', 'b']),
    ],
    ['of one that was refused', [write('a', [0, 1], refused())], log([])],
    ['of a version that was expected', [write('a', [0, 1], done(2), { expectedVersion: 1 })], log(['a'])],
    [
      'of a version that was expected, and overtaken',
      [write('a', [0, 5], done(2)), write('b', [1, 4], refused('VERSION_CONFLICT'), { expectedVersion: 1 })],
      log(['a']),
    ],
    [
      'of a batch in its order',
      [
        write('a', [0, 1], done(2), { batch: { id: 'x', index: 0 } }),
        write('b', [0, 1], done(3), { batch: { id: 'x', index: 1 } }),
      ],
      log(['a', 'b']),
    ],
  ])('%s is right', (_what, operations, customer) => {
    expect(check(operations, customer)).toEqual([]);
  });

  test('of two undos of one merge, of which one was late, is right', () => {
    const undone = {
      kind: 'done',
      replayed: false,
      places: [
        { customer: '1', version: 2 },
        { customer: '2', version: 2 },
      ],
    } as const;
    const operations = [write('undo', [0, 1], undone), write('undo', [0, 2], refused('MERGE_ALREADY_UNDONE'))];
    expect(check(operations, log(['undo']), log(['undo'], { customer: '2' }))).toEqual([]);
  });
});

describe('a history that is not', () => {
  const two = [write('a', [0, 1], done(2)), write('b', [2, 3], done(3))];

  test.each<[string, Operation[], CustomerLog, RegExp]>([
    ['a lost update', two, log(['a']), /^b was acknowledged and is in no log$/m],
    [
      'an update that overwrote one that it did not see',
      two,
      changed(log(['a', 'b']), 3, { previous: null }),
      /^customer 1 at version 3 changed null, while a was there$/m,
    ],
    [
      'two updates that made one version',
      two,
      changed(log(['a']), 2, { tags: ['a', 'b'] }),
      /version 2 is of 2 writes: a, b/,
    ],
    ['a version that nobody made', two, changed(log(['a', 'b']), 3, { tags: [] }), /version 3 is of 0 writes/],
    [
      'versions that fall',
      two,
      { ...log(['a', 'b']), versions: log(['a', 'b']).versions.toReversed() },
      /comes after version 3/,
    ],
    [
      'an update that was done twice',
      [write('a', [0, 1], done(2))],
      changed(log(['a', 'b']), 3, { tags: ['a'] }),
      /^a is in the log of customer 1 2 times$/m,
    ],
    [
      'an update that was acknowledged as another version',
      [two[0] as Write, write('b', [2, 3], done(7))],
      log(['a', 'b']),
      /^b was acknowledged as customer 1 at version 7, where the log does not have it$/m,
    ],
    [
      'an update that was acknowledged as done twice',
      [write('a', [0, 1], done(2)), write('a', [0, 3], done(2))],
      log(['a']),
      /^a was acknowledged as done 2 times$/m,
    ],
    [
      'one that was refused and is there',
      [write('a', [0, 1], refused())],
      log(['a']),
      /^a was refused and is in the log$/m,
    ],
    ['one that nobody sent', [], log(['a']), /^a, which nobody sent, is in the log/m],
    [
      'one that was replayed and is not there',
      [write('a', [0, 1], replayed(2))],
      log([]),
      /^a was acknowledged and is in no log$/m,
    ],
    [
      'a row that is not what the last one made',
      two,
      log(['a', 'b'], { row: { version: 3, value: 'a', isLive: true } }),
      /^customer 1 is .* not what the last write made$/m,
    ],
    [
      'a read of a value that was never there',
      [...two, read([4, 5], 3, 'x')],
      log(['a', 'b']),
      /^a read saw x as customer 1 at version 3, which has b$/m,
    ],
    [
      'a read of a version that was never there',
      [...two, read([4, 5], 9, 'b')],
      log(['a', 'b']),
      /version 9, which is not in the log/,
    ],
    [
      'a stale read',
      [...two, read([4, 5], 2, 'a')],
      log(['a', 'b']),
      /^a read saw customer 1 at version 2, and began after b was answered with version 3$/m,
    ],
    [
      'a read that goes back behind another',
      [...two.slice(0, 1), write('b', [2, 9], done(3)), read([3, 4], 3, 'b'), read([5, 6], 2, 'a')],
      log(['a', 'b']),
      /^a read saw customer 1 at version 2, and began after a read was answered with version 3$/m,
    ],
    [
      'a read of what was not written yet',
      [read([0, 1], 2, 'a'), write('a', [2, 3], done(2))],
      log(['a']),
      /^a made customer 1 at version 2, and began after a read was answered with version 2$/m,
    ],
    [
      'writes against the order of time',
      [write('a', [0, 1], done(3)), write('b', [2, 3], done(2))],
      log(['b', 'a']),
      /^b made customer 1 at version 2, and began after a was answered with version 3$/m,
    ],
    [
      'one that nobody knows of, before what had ended when it began',
      [write('a', [0, 1], done(3)), write('b', [2, 3], unknown)],
      log(['b', 'a']),
      /^b made customer 1 at version 2, and began after a/m,
    ],
    [
      'a replay that does not see what had ended',
      [...two, write('a', [4, 5], replayed(2))],
      log(['a', 'b']),
      /^a, replayed, saw customer 1 at version 2, and began after b/m,
    ],
    [
      'one that expected another version than it found',
      [two[0] as Write, write('b', [2, 3], done(3), { expectedVersion: 1 })],
      log(['a', 'b']),
      /^b expected version 1, and was done after version 2$/m,
    ],
    [
      'one that was refused for a version that was right',
      [two[0] as Write, write('b', [2, 3], refused('VERSION_CONFLICT'), { expectedVersion: 2 })],
      log(['a']),
      /^b was refused for another version than 2, which was there all the time$/m,
    ],
    [
      'half a batch',
      [
        write('a', [0, 1], unknown, { batch: { id: 'x', index: 0 } }),
        write('b', [0, 1], unknown, { batch: { id: 'x', index: 1 } }),
      ],
      log(['a']),
      /^of 2 writes of batch x, 1 are stored$/m,
    ],
    [
      'a batch in another order',
      [
        write('a', [0, 1], done(3), { batch: { id: 'x', index: 0 } }),
        write('b', [0, 1], done(2), { batch: { id: 'x', index: 1 } }),
      ],
      log(['b', 'a']),
      /^the writes of batch x are in another order/m,
    ],
    [
      'a read of one who is merged into another',
      [...two, read([4, 5], 3, 'b')],
      changed(log(['a', 'b'], { row: { version: 3, value: 'b', isLive: false } }), 3, { isLive: false }),
      /version 3, which is merged into another$/m,
    ],
  ])('is told: %s', (_what, operations, customer, says) => {
    expect(check(operations, customer).join('\n')).toMatch(says);
  });

  test('is told: a merge whose sides are at different versions', () => {
    const places = [
      { customer: '1', version: 2 },
      { customer: '2', version: 2 },
    ];
    const merge = write('a', [0, 1], { kind: 'done', replayed: false, places });
    const other = log(['x', 'a'], { customer: '2' });
    expect(check([merge, write('x', [0, 1], done(2, '2'))], log(['a']), other)).toEqual([
      'a was acknowledged as customer 2 at version 2, where the log does not have it',
      'a is in the logs at versions 2,3',
    ]);
  });
});
