import { createWriteStream } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { runToEnd, startImport } from '../processes/start.mjs';
import { customerRecord, ORGANIZATION_ID, organizationFile, pairRecords } from './shop.mjs';

/** Writes the customers, then the pairs to be merged, one JSON object a line. */
export async function writeCustomers(path, customers, pairs) {
  function* lines() {
    let chunk = '';
    for (let number = 0; number < customers + pairs; number += 1) {
      const records = number < customers ? [customerRecord(number)] : pairRecords(number - customers);
      for (const record of records) chunk += `${JSON.stringify(record)}\n`;
      if (chunk.length > 65_536) {
        yield chunk;
        chunk = '';
      }
    }
    yield chunk;
  }
  await pipeline(Readable.from(lines()), createWriteStream(path));
}

/** A database with the organization and no customers. */
export async function makeEmptyDatabase(folder, name) {
  const path = join(folder, `${name}.sqlite`);
  await importOrganization(path, folder);
  return path;
}

async function importOrganization(database, folder) {
  const file = join(folder, 'organization.json');
  await writeFile(file, JSON.stringify(organizationFile));
  await runToEnd(startImport(database, [file]));
}

/** A database made by the service's own import. */
export async function makeDatabase(folder, name, { customers, pairs }) {
  const path = join(folder, `${name}.sqlite`);
  await fillDatabase(path, folder, { customers, pairs });
  return path;
}

/** Imports the organization and its customers into a database that is empty; a SQLite file's path, or a PostgreSQL URL. */
export async function fillDatabase(database, folder, { customers, pairs }) {
  await importOrganization(database, folder);
  const file = join(folder, 'customers.ndjson');
  await writeCustomers(file, customers, pairs);
  await runToEnd(startImport(database, ['--organization', ORGANIZATION_ID, file]));
}

/** The same database once more: an import leaves no log beside its file. */
export async function copyDatabase(path, name) {
  const copy = path.replace(/[^/]+$/, `${name}.sqlite`);
  await copyFile(path, copy);
  return copy;
}
