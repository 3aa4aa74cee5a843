import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from '../../scripts/ensure-installed.mjs';

// `npm run bench`: see --help.

// The project's own: what is installed here brings an older one along.
const { Argument, Command, InvalidArgumentError, Option } = createRequire(
  new URL('../../package.json', import.meta.url),
)('commander');

const FULL = {
  rounds: 5,
  seconds: 5,
  warmUp: 6,
  customers: 10_000,
  sizes: [10_000, 100_000, 1_000_000],
  ledgerRows: [10, 100, 1_000, 10_000],
  mergedAccounts: [1, 10, 100, 1_000],
  updates: 200_000,
  imported: 200_000,
  chart: fileURLToPath(new URL('updates.svg', import.meta.url)),
};
/** Whether everything runs; its figures say nothing. */
const QUICK = {
  rounds: 1,
  seconds: 1,
  warmUp: 1,
  customers: 1_000,
  sizes: [1_000, 5_000],
  ledgerRows: [10, 100],
  mergedAccounts: [1, 10],
  updates: 5_000,
  imported: 5_000,
  chart: null,
};
const PARTS = ['updates', 'queries', 'postgres', 'distance', 'growth', 'import', 'memory'];

const options = readOptions();
if (!existsSync('/proc/self/clear_refs')) {
  console.error('The benchmarks need Linux: its /proc tells what a process uses');
  process.exit(1);
}
ensureInstalled(new URL('./', import.meta.url));
const DATA = fileURLToPath(new URL('../../data/', import.meta.url));
mkdirSync(DATA, { recursive: true });
// On the disk of the project: a folder for temporary files may be in memory, where a commit costs nothing.
const folder = mkdtempSync(`${DATA}bench-`);
process.on('exit', () => {
  rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
try {
  await run();
  process.exit(0);
} catch (error) {
  console.error(error);
  process.exit(1);
}

function readOptions() {
  const command = new Command('bench')
    .description('Measures the service beside its floors, in alternating rounds, and prints the medians.')
    .addArgument(new Argument('[parts...]', 'what to measure').choices(PARTS).default(['updates', 'queries']))
    .option('--quick', 'a short run over little data, to see that everything works')
    .addOption(number('--rounds <n>', 'alternating rounds', FULL.rounds))
    .addOption(number('--seconds <n>', 'how long each entry is loaded in a round', FULL.seconds))
    .addOption(number('--warm-up <n>', 'seconds that each entry is loaded before anything is measured', FULL.warmUp))
    .addOption(number('--customers <n>', 'customers of all but growth and import', FULL.customers))
    .addOption(number('--largest <n>', 'growth: customers of the largest database', FULL.sizes.at(-1)))
    .addOption(number('--imported <n>', 'import: customers', FULL.imported))
    .addOption(number('--updates <n>', 'memory: updates', FULL.updates))
    .option('--chart <file>', 'updates: where to save the chart, as SVG (default: beside this file; none if quick)')
    .parse();
  const { quick, largest, ...given } = command.opts();
  const sizes = largest === undefined ? {} : { sizes: [...FULL.sizes.filter((size) => size < largest), largest] };
  return { parts: command.processedArgs[0], quick, ...(quick ? QUICK : FULL), ...sizes, ...given };
}

/** Its default is FULL's or QUICK's. */
function number(flags, description, usual) {
  return new Option(flags, `${description} (default: ${usual})`).argParser((text) => {
    if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It takes a whole number from 1 on.');
    return Number(text);
  });
}

async function run() {
  console.log(await machine());
  for (const part of options.parts) {
    for (const [title, measure] of await measurements(part)) {
      const { text, results } = await measure({ ...options, folder, say });
      clear();
      console.log(`\n${title}\n\n${text}`);
      if (part === 'updates' && options.chart !== null) await chart(results);
    }
  }
}

/** Loaded only now: what they need may have been installed a moment ago. */
async function measurements(part) {
  switch (part) {
    case 'updates': {
      const { measureUpdates } = await import('./parts/updates.mjs');
      return [['Updates: a mobile look-up, name, two custom fields, a subscription; 1 in 20 a merge', measureUpdates]];
    }
    case 'queries': {
      const { measureQueries } = await import('./parts/queries.mjs');
      return [['Queries: a customer by mobile with all fields', measureQueries]];
    }
    case 'postgres': {
      const { measurePostgres } = await import('./parts/postgres.mjs');
      return [['The same updates on PostgreSQL', measurePostgres]];
    }
    case 'distance': {
      const { measureDistance } = await import('./parts/distance.mjs');
      return [['PostgreSQL that is further away', measureDistance]];
    }
    case 'growth': {
      const { measureGrowth } = await import('./parts/growth.mjs');
      const { measureAccounts } = await import('./parts/accounts.mjs');
      return [
        ['Growth of the database: updates over 128 connections', measureGrowth],
        ['Growth of an account: over one connection', measureAccounts],
      ];
    }
    case 'import': {
      const { measureImport } = await import('./parts/import.mjs');
      return [['Import', ({ imported, ...rest }) => measureImport({ ...rest, customers: imported })]];
    }
    default: {
      const { measureMemory } = await import('./parts/memory.mjs');
      return [['Memory', measureMemory]];
    }
  }
}

async function machine() {
  const { default: sqlite3 } = await import('sqlite3');
  const { default: Better } = await import('better-sqlite3');
  const better = new Better(':memory:').prepare('SELECT sqlite_version()').pluck().get();
  const [{ model }] = cpus();
  return [
    `${cpus().length} × ${model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node.js ${process.version},`,
    `SQLite ${sqlite3.VERSION} in sqlite3, ${better} in better-sqlite3; WAL, synchronous=FULL.`,
    'The load is made on the same cores as the server that it loads. Each figure is the median of',
    `${options.rounds} alternating rounds of ${options.seconds} s; spread is how far the rounds lie apart.`,
    ...(options.quick ? ['This is a quick run: it shows that everything works, and its figures say nothing.'] : []),
  ].join('\n');
}

async function chart(results) {
  const { updateBars } = await import('./parts/updates.mjs');
  const { writeChart } = await import('./report/chart.mjs');
  await writeChart(options.chart, updateBars(results), 'Updates a second, beside what bounds them');
  console.log(`\nThe chart is in ${options.chart}`);
}

function say(line) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
  else console.error(line);
}

function clear() {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
}
