import { setTimeout } from 'node:timers/promises';
import { serviceContestant } from '../processes/contestants.mjs';
import { memory } from '../processes/measure.mjs';
import { goal, goalTable } from '../report/results.mjs';
import { median } from '../report/statistics.mjs';
import { hundredths, table, whole } from '../report/table.mjs';
import { makeDatabase } from '../world/database.mjs';
import { pairsFor } from '../world/updates.mjs';

const CONNECTIONS = 128;
const FIFTHS = 5;
const SAMPLE_MS = 250;

/** What the service holds while so many updates go through it. */
export async function measureMemory({ folder, customers, updates, say }) {
  const world = { customers, pairs: pairsFor(updates) };
  say(`importing ${customers} customers, and ${world.pairs} pairs to be merged`);
  const served = await serviceContestant(await makeDatabase(folder, 'memory', world), world);
  const samples = [];
  let isDone = false;
  const sampling = (async () => {
    while (!isDone) {
      samples.push(memory(served.pid));
      await setTimeout(SAMPLE_MS);
    }
  })();
  say(`${updates} updates over ${CONNECTIONS} connections`);
  const { throughput, memory: peak } = await served.update({ connections: CONNECTIONS, amount: updates });
  isDone = true;
  await sampling;
  await served.stop();
  const fifths = Array.from({ length: FIFTHS }, (_, fifth) =>
    median(samples.slice((samples.length * fifth) / FIFTHS, Math.ceil((samples.length * (fifth + 1)) / FIFTHS))),
  );
  const heads = ['', 'updates a second', 'peak MiB', ...fifths.map((_, fifth) => `MiB in fifth ${fifth + 1}`)];
  const row = [`service, ${whole(updates)} updates`, whole(throughput), whole(peak), ...fifths.map(whole)];
  // The first fifth is the process warming up.
  const growth = fifths.at(-1) / fifths[1];
  const goals = [goal('memory in the last fifth ÷ the second', growth, { most: 1.1 }, hundredths)];
  return { text: `${table(heads, [row])}\n\n${goalTable(goals)}` };
}
