import { expect, test } from 'vitest';
import { useWorkplace } from '../process/service.js';
import { createTestDatabase, databaseKind } from '../support/test-database.js';
import { plant, type Change } from './plant.js';
import { runRound } from './run-round.js';

// What the checker is for, planted in a copy of the service on purpose: that it finds each is what its silence is worth.

const workplace = useWorkplace();
const MOST_ROUNDS = 5;

/** The queue off: each update is a batch of its own, any number at once, and nothing keeps them from each other. */
const queueOff: Readonly<Record<ReturnType<typeof databaseKind>, readonly Change[]>> = {
  sqlite: [
    ['database/sqlite-transaction.js', 'const mine = last.then(', 'const mine = Promise.resolve().then('],
    ['database/sqlite-database.js', 'batchesAtOnce: 1', 'batchesAtOnce: 64'],
  ],
  postgres: [['customer/engine/postgres-statements.js', 'FOR UPDATE OF c', '']],
};
const unguarded: readonly Change[] = [
  ['customer/engine/queue.js', 'maxItems = 64', 'maxItems = 1'],
  ['customer/engine/write-statements.js', 'AND ${table}.${name} = new.loaded_${name}', ''],
];

type Planted = readonly [what: string, changes: readonly Change[], says: RegExp];

const everywhere: readonly Planted[] = [
  [
    'the queue off: updates that do not see each other',
    [...queueOff[databaseKind()], ...unguarded],
    /was acknowledged as customer \d+ at version \d+, where the log does not have it|changed \S+, while \S+ was there|comes after version/,
  ],
  [
    'a stale read',
    [
      [
        'customer/engine/customer-reads.js',
        'return survivorOf(view.findById(id), view);',
        `const found = survivorOf(view.findById(id), view);
         const before = (globalThis.before ??= new Map()).get(id);
         globalThis.before.set(id, found);
         return before ?? found;`,
      ],
    ],
    /a read saw customer \d+ at version \d+, and began after/,
  ],
  [
    'a lost update: a batch in ten is answered and not stored',
    [
      [
        'customer/engine/write-accounts.js',
        'const accountRows = batchRows(changes);',
        'const accountRows = batchRows(changes); if ((globalThis.batches = (globalThis.batches ?? 0) + 1) % 10 === 0) return;',
      ],
    ],
    /was acknowledged and is in no log/,
  ],
  [
    'an update that is done twice: idempotency keys are not kept',
    [['customer/engine/plan-item.js', 'const key = item.input.idempotencyKey ?? null;', 'const key = null;']],
    /is in the log of customer \d+ 2 times/,
  ],
];

// What is planted above the database is found the same on both.
const planted = databaseKind() === 'sqlite' ? everywhere : everywhere.slice(0, 1);

test.concurrent.each(planted)('%s: the checker finds it', async (_what, changes, says) => {
  const dist = plant(workplace.path(`planted-${planted.findIndex(([, one]) => one === changes)}`), changes);
  let found = '';
  // It is by chance that a fault shows.
  for (let seed = 1; seed <= MOST_ROUNDS && !says.test(found); seed += 1) {
    const own = await createTestDatabase();
    const round = { url: own.url, seed, processes: 1, clients: 12, milliseconds: 1000, options: { dist } };
    found = (await runRound(workplace, round)).breaches.join('\n');
    await own.remove();
  }
  expect(found).toMatch(says);
});
