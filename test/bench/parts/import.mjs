import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { cpuSeconds, peakMemory } from '../processes/measure.mjs';
import { runToEnd, startFloor, startImport } from '../processes/start.mjs';
import { goal, goalTable, ratio, summarize } from '../report/results.mjs';
import { alternate } from '../processes/contestants.mjs';
import { hundredths, percent, table, whole } from '../report/table.mjs';
import { copyDatabase, makeEmptyDatabase, writeCustomers } from '../world/database.mjs';
import { ORGANIZATION_ID } from '../world/shop.mjs';

const IMPORT = 'npm run import';
const RAW = 'raw better-sqlite3, the same rows in one transaction';
const SAMPLE_MS = 20;

/** Customers a second of the import command, from its start to its end, and what it holds at most. */
export async function measureImport({ folder, customers, rounds, say }) {
  say(`writing ${customers} customers to a file`);
  const file = join(folder, 'import.ndjson');
  await writeCustomers(file, customers, 0);
  const empty = await makeEmptyDatabase(folder, 'empty');
  let made = 0;
  const next = () => copyDatabase(empty, `import-${(made += 1)}`);
  const entries = [
    { name: IMPORT, run: async () => importInto(await next(), file, customers) },
    { name: RAW, run: async () => insertInto(await next(), customers) },
  ];
  const results = await alternate(entries, { rounds, say });
  const heads = ['', 'customers a second', 'spread', 'peak MiB', 'CPU s per 1,000', 'import ÷ it'];
  const rows = [...results].map(([name, of]) => {
    const { throughput, spread, memory, cpuPerThousand } = summarize(of);
    const compared = name === RAW ? hundredths(ratio(results, IMPORT, RAW)) : '';
    return [name, whole(throughput), percent(spread), whole(memory), hundredths(cpuPerThousand), compared];
  });
  const { throughput, memory } = summarize(results.get(IMPORT));
  const goals = [
    goal(`customers a second, of ${whole(customers)}`, throughput, { least: 20_000 }, whole),
    goal('its peak memory in MiB', memory, { most: 400 }, whole),
  ];
  return { results, text: `${table(heads, rows)}\n\n${goalTable(goals)}` };
}

async function importInto(database, file, customers) {
  const startedAt = performance.now();
  const launched = startImport(database, ['--organization', ORGANIZATION_ID, file]);
  let memory = 0;
  let cpu = 0;
  const watching = (async () => {
    while (launched.child.exitCode === null && launched.child.signalCode === null) {
      try {
        memory = peakMemory(launched.child.pid) ?? memory;
        cpu = cpuSeconds(launched.child.pid);
      } catch {
        // It ended between the two.
        return;
      }
      await setTimeout(SAMPLE_MS);
    }
  })();
  await runToEnd(launched);
  const elapsed = (performance.now() - startedAt) / 1000;
  await watching;
  return result({ customers, elapsed, memory, cpu });
}

async function insertInto(database, customers) {
  const floor = await startFloor('raw-import.mjs', { database });
  const cpuBefore = cpuSeconds(floor.pid);
  const { elapsed } = await floor.ask({ customers });
  const measured = { memory: peakMemory(floor.pid), cpu: cpuSeconds(floor.pid) - cpuBefore };
  await floor.stop();
  return result({ customers, elapsed, ...measured });
}

const result = ({ customers, elapsed, memory, cpu }) => ({
  throughput: customers / elapsed,
  p50: null,
  p99: null,
  memory,
  cpuPerThousand: (cpu / customers) * 1000,
});
