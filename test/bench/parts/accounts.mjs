import Database from 'better-sqlite3';
import { alternate, serviceContestant } from '../processes/contestants.mjs';
import { goal, goalTable, ratio } from '../report/results.mjs';
import { median } from '../report/statistics.mjs';
import { hundredths, table, whole } from '../report/table.mjs';
import { makeDatabase } from '../world/database.mjs';
import { contactEmail, memberMobile, mobile, ORGANIZATION_ID, PROGRAM_ID } from '../world/shop.mjs';

const MERGES_A_ROUND = 10;
const BIG_MERGES_A_ROUND = 2;
/** Customers that nothing is measured on. */
const WARMED_UP_ON = 1_000;

const updated = (rows) => `update, ${whole(rows)} ledger rows`;
const merged = (rows) => `merge, ${whole(rows)} ledger rows a side`;
const moved = (accounts) => `merge that moves ${whole(accounts)} merged accounts`;

/** Updates and merges of accounts with a long ledger, and merges of accounts that others were merged into. */
export async function measureAccounts({ folder, ledgerRows, mergedAccounts, rounds, warmUp, say }) {
  const ledgers = blocks(ledgerRows, rounds * MERGES_A_ROUND, () => 1, 0);
  const bundles = blocks(mergedAccounts, rounds * BIG_MERGES_A_ROUND, (size) => size + 1, ledgers.end);
  say(`importing ${bundles.end} pairs to be merged`);
  const world = { customers: WARMED_UP_ON, pairs: bundles.end };
  const path = await makeDatabase(folder, 'accounts', world);
  say('writing ledgers');
  writeLedgers(path, ledgers.all);
  const served = await serviceContestant(path, world);
  for (const bundle of bundles.all) {
    say(`merging ${bundle.size} accounts into one, ${bundle.count} times`);
    await gather(served, bundle);
  }
  const entries = [
    ...ledgers.all.flatMap((block) => ledgerEntries(served, block)),
    ...bundles.all.map((block) => bundleEntry(served, block)),
  ];
  const results = await alternate(entries, { rounds, say, warmUp, warmUps: [(seconds) => warmUpOn(served, seconds)] });
  await served.stop();
  const rows = [...results].map(([name, of]) => [name, hundredths(median(of.map(({ p50 }) => p50)))]);
  const goals = accountGoals(results, ledgerRows, mergedAccounts);
  return { results, text: `${table(['one after the other', 'median ms'], rows)}\n\n${goalTable(goals)}` };
}

function warmUpOn(served, seconds) {
  let made = 0;
  const next = () => ({ mobile: mobile((made += 1) % WARMED_UP_ON), lastname: name(made) });
  return served.update({ connections: 1, seconds, next });
}

/** Pairs for so many accounts of each size, each account a few pairs, one after the other from `first` on. */
function blocks(sizes, count, pairsOf, first) {
  let end = first;
  const all = sizes.map((size) => {
    const firstPairs = Array.from({ length: count }, (_, account) => end + account * pairsOf(size));
    end += count * pairsOf(size);
    return { size, count, firstPairs };
  });
  return { all, end };
}

// --- ledgers ---

/** Rows before those of the import, which sum to zero: the figures stay what they are. */
function writeLedgers(path, all) {
  const database = new Database(path);
  const insert = database.prepare(
    `WITH RECURSIVE row (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM row WHERE number < @rows)
     INSERT INTO ledger_entry SELECT organization_id, id, last_sequence - 10 - number, updated_on, 'AWARD', '${PROGRAM_ID}',
       CASE number % 2 WHEN 0 THEN 1000 ELSE -1000 END, 0, 0, 0, 0, 0, 'visit', NULL
     FROM row CROSS JOIN customer WHERE organization_id = '${ORGANIZATION_ID}' AND id = @id`,
  );
  const customer = database.prepare('SELECT customer_id FROM customer_identifier WHERE value = ?').pluck();
  database.transaction(() => {
    for (const { size, firstPairs } of all) {
      for (const pair of firstPairs) {
        for (const value of [memberMobile(pair).slice(1), contactEmail(pair)]) {
          insert.run({ rows: size, id: customer.get(value) });
        }
      }
    }
  })();
  database.close();
}

function ledgerEntries(served, { size, firstPairs }) {
  let update = 0;
  let merge = 0;
  // Those are updated that are merged last, so that no update is of an account that was merged before.
  const nextUpdate = () => ({
    mobile: memberMobile(firstPairs.at(-1 - (update % MERGES_A_ROUND))),
    lastname: name((update += 1)),
  });
  const nextMerge = () => {
    const pair = firstPairs[(merge += 1) - 1];
    return { mobile: memberMobile(pair), email: contactEmail(pair), lastname: name(merge) };
  };
  const how = { connections: 1, amount: MERGES_A_ROUND };
  return [
    { name: updated(size), run: () => served.update({ ...how, next: nextUpdate }) },
    { name: merged(size), run: () => served.update({ ...how, next: nextMerge }) },
  ];
}

/** A lastname that no one had before. */
const name = (number) => `James-${[...String(number)].map((digit) => 'abcdefghij'[digit]).join('')}`;

// --- accounts that others were merged into ---

/** The victim is the member of the block's second pair, and has merged what contacts it and the pairs after it have. */
async function gather(served, { size, firstPairs }) {
  const inputs = firstPairs.flatMap((first) =>
    Array.from({ length: size }, (_, index) => ({
      mobile: memberMobile(first + 1),
      email: contactEmail(first + 1 + index),
    })),
  );
  const next = () => inputs.shift() ?? { mobile: memberMobile(firstPairs[0] + 1) };
  await served.update({ connections: Math.min(32, inputs.length), amount: inputs.length, next });
}

function bundleEntry(served, { size, firstPairs }) {
  let merge = 0;
  const next = () => {
    const first = firstPairs[(merge += 1) - 1];
    return { mobile: memberMobile(first), email: contactEmail(first + 1), lastname: name(merge) };
  };
  return { name: moved(size), run: () => served.update({ connections: 1, amount: BIG_MERGES_A_ROUND, next }) };
}

function accountGoals(results, ledgerRows, mergedAccounts) {
  const [few, many] = [ledgerRows[0], ledgerRows.at(-1)];
  const [less, more] = mergedAccounts.slice(-2);
  const growth = ratio(results, moved(more), moved(less), 'p50');
  return [
    goal(`update: ${whole(many)} ledger rows ÷ ${whole(few)}`, ratio(results, updated(many), updated(few), 'p50'), {
      most: 1.25,
    }),
    goal(`merge: ${whole(many)} ledger rows ÷ ${whole(few)}`, ratio(results, merged(many), merged(few), 'p50'), {
      most: 1.25,
    }),
    goal(`merge: ${whole(more)} moved accounts ÷ ${whole(less)}`, growth, { most: more / less }),
  ];
}
