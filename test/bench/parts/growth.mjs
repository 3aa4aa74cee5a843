import { alternate, floorContestant, serviceContestant } from '../processes/contestants.mjs';
import { goal, goalTable, ratio, resultTable } from '../report/results.mjs';
import { whole } from '../report/table.mjs';
import { copyDatabase, makeDatabase } from '../world/database.mjs';
import { pairsFor } from '../world/updates.mjs';

const CONNECTIONS = 128;
const MOST_UPDATES_A_SECOND = 10_000;

const service = (customers) => `service, ${whole(customers)} customers`;
const floor = (customers) => `raw better-sqlite3, one commit each, ${whole(customers)}`;

/** The realistic update on databases of several sizes, beside the floor on the same. */
export async function measureGrowth({ folder, sizes, rounds, seconds, warmUp, say }) {
  const pairs = pairsFor(MOST_UPDATES_A_SECOND * (seconds * rounds + warmUp));
  const entries = [];
  const warmUps = [];
  const started = [];
  for (const customers of sizes) {
    say(`importing ${customers} customers, and ${pairs} pairs to be merged`);
    const world = { customers, pairs };
    const database = await makeDatabase(folder, `growth-${customers}`, world);
    const copy = await copyDatabase(database, `growth-${customers}-floor`);
    const served = await serviceContestant(database, world);
    const raw = await floorContestant({ driver: 'better-sqlite3', database: copy, ...world });
    started.push(served, raw);
    entries.push(
      { name: service(customers), run: () => served.update({ connections: CONNECTIONS, seconds }) },
      { name: floor(customers), run: () => raw.update({ seconds }) },
    );
    warmUps.push(
      (seconds) => served.update({ connections: CONNECTIONS, seconds }),
      (seconds) => raw.update({ seconds }),
    );
  }
  const results = await alternate(entries, { rounds, say, warmUp, warmUps });
  for (const contestant of started) await contestant.stop();
  const compared = Object.fromEntries(sizes.map((customers) => [floor(customers), [['', service(customers)]]]));
  const [least, most] = [sizes[0], sizes.at(-1)];
  const goals = [
    goal(`${whole(most)} customers ÷ ${whole(least)}`, ratio(results, service(most), service(least)), { least: 0.9 }),
  ];
  const more = `Each database holds ${whole(2 * pairs)} accounts beside its customers: what its merges need.`;
  return {
    results,
    text: `${more}\n\n${resultTable(results, { unit: 'updates', compared })}\n\n${goalTable(goals)}`,
  };
}
