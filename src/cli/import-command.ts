import { isUtf8 } from 'node:buffer';
import { readFile, stat } from 'node:fs/promises';
import { CommanderError } from 'commander';
import { importCustomers, type OnProgress } from '../customer/import/import-customers.js';
import { importOrganization, parseOrganizationFile } from '../customer/import/import-organization.js';
import { ImportRefused } from '../customer/import/import-refused.js';
import { ndjsonSource } from '../customer/import/ndjson.js';
import { openDatabase, type Database } from '../database/database.js';
import { lockOrganization } from '../organization/lock-organization.js';
import { findOrganization } from '../organization/organization.store.js';
import { readSettings } from '../settings.js';
import { explainFailure } from './explain-failure.js';
import { newCommand, type Streams } from './new-command.js';
import { printable } from './printable.js';
import { moveBar, startBar } from './progress-bar.js';
import { refuseRepeated } from './refuse-repeated.js';

const MAX_ORGANIZATION_FILE_BYTES = 256 * 2 ** 20;

/**
 * `import FILE.json` and `import --organization ID FILE.ndjson`; answers the exit code. What it says is one line for
 * each fault, or last how many customers were imported.
 */
export async function runImport(args: readonly string[], env: NodeJS.ProcessEnv, streams: Streams): Promise<number> {
  const sayError = (line: string) => streams.stderr.write(`${printable(line)}\n`);
  const command = newCommand('import', streams)
    .description('Loads an organization file, or customers into an organization. All of a file, or nothing.')
    .argument('<file>', 'an organization file (JSON), or with --organization customers, one JSON object a line')
    .option('--organization <id>', 'the organization that the customers belong to');
  refuseRepeated(command);
  try {
    command.parse(args, { from: 'user' });
    const [file = ''] = command.args;
    const { organization } = command.opts<{ organization?: string }>();
    const count = await importFile(file, organization ?? null, env, streams);
    const imported = `${count === 1 ? '1 customer was' : `${count} customers were`} imported from ${file}`;
    streams.stdout.write(`${printable(imported)}\n`);
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    for (const line of explain(error, command.args[0] ?? '')) sayError(line);
    return 1;
  }
}

async function importFile(
  file: string,
  organizationId: string | null,
  env: NodeJS.ProcessEnv,
  streams: Streams,
): Promise<number> {
  const settings = readSettings(env);
  // Read before the database is opened: a wrong name should not leave a new database behind.
  const work = organizationId === null ? await organizationWork(file) : await customersWork(file, organizationId);
  const database = await openDatabase(settings.database);
  const bar = startBar(streams, 'Importing');
  try {
    return await work(database, (done, total) => {
      if (bar !== null) moveBar(bar, done, total);
    });
  } finally {
    bar?.stop();
    await database.close();
  }
}

type Work = (database: Database, onProgress: OnProgress) => Promise<number>;

async function organizationWork(path: string): Promise<Work> {
  const file = parseOrganizationFile(await readText(path));
  return ({ transaction, reader }, onProgress) =>
    transaction((manager) => importOrganization(manager, { file, now: Date.now(), committed: reader, onProgress }));
}

async function customersWork(path: string, organizationId: string): Promise<Work> {
  if (!(await stat(path)).isFile()) {
    throw new ImportRefused([{ where: '', reason: 'is no regular file, and may have to be read twice' }]);
  }
  const source = await ndjsonSource(path);
  return ({ transaction, reader }, onProgress) =>
    transaction(async (manager) => {
      // No organization file may change meanwhile what the customers are checked against.
      await lockOrganization(manager, organizationId);
      const organization = await findOrganization(manager, organizationId);
      if (organization === null) {
        const reason = `is for organization ${organizationId}, which does not exist: import its organization file first`;
        throw new ImportRefused([{ where: '', reason }]);
      }
      return importCustomers(manager, { organization, source, now: Date.now(), committed: reader, onProgress });
    });
}

async function readText(path: string): Promise<string> {
  const found = await stat(path);
  if (found.isDirectory()) throw new ImportRefused([{ where: '', reason: 'is a folder' }]);
  if (found.size > MAX_ORGANIZATION_FILE_BYTES) {
    const reason = 'is too large: import the customers from an NDJSON file of their own, with --organization';
    throw new ImportRefused([{ where: '', reason }]);
  }
  const bytes = await readFile(path);
  if (!isUtf8(bytes)) throw new ImportRefused([{ where: '', reason: 'is not UTF-8' }]);
  return bytes.toString('utf8').replace(/^\uFEFF/, '');
}

function explain(error: unknown, file: string): string[] {
  if (error instanceof ImportRefused) {
    return error.faults.map(({ where, reason }) => `${where === '' ? file : `${where}:`} ${reason}`);
  }
  const { code, path } = (error ?? {}) as NodeJS.ErrnoException;
  const reason = path === file ? fileFaults[code ?? ''] : undefined;
  return reason === undefined ? explainFailure(error, 'nothing was imported') : [`${file} ${reason}`];
}

const fileFaults: Readonly<Record<string, string>> = {
  ENOENT: 'is not there',
  EACCES: 'may not be read',
};
