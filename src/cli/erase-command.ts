import { CommanderError } from 'commander';
import { eraseCustomer, EraseRefused, type Erased } from '../customer/erase/erase-customer.js';
import { openDatabase } from '../database/database.js';
import { readSettings } from '../settings.js';
import { explainFailure } from './explain-failure.js';
import { newCommand, type Streams } from './new-command.js';
import { printable } from './printable.js';
import { refuseRepeated } from './refuse-repeated.js';

interface Options {
  readonly organization: string;
  readonly customer: string;
}

/**
 * `erase`: removes a person's data, also beside a running service; answers the exit code. It says whose accounts they
 * were, by their ids, and never what was in them. 1 too where the data is erased and its bytes may still be in the database.
 */
export async function runErase(args: readonly string[], env: NodeJS.ProcessEnv, streams: Streams): Promise<number> {
  const command = newCommand('erase', streams)
    .description(
      "Removes a person's data: of a customer, and of all that were merged into it. Figures and ledger stay. There is no way back.",
    )
    .requiredOption('--organization <id>', 'the organization that the customer belongs to')
    .requiredOption('--customer <id>', 'the id of the customer, or of one that was merged into it');
  refuseRepeated(command);
  try {
    command.parse(args, { from: 'user' });
    return await erase(command.opts<Options>(), env, streams);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    for (const line of explainFailure(error, 'nothing was erased', [EraseRefused]))
      streams.stderr.write(`${printable(line)}\n`);
    return 1;
  }
}

async function erase(
  { organization, customer }: Options,
  env: NodeJS.ProcessEnv,
  { stdout, stderr }: Streams,
): Promise<number> {
  const database = await openDatabase(readSettings(env).database);
  try {
    const erased = await database.transaction((manager) => eraseCustomer(manager, organization, customer, Date.now()));
    // Ids and counts alone, and all of them: whoever goes on to the backups needs each id.
    stdout.write(`${tell(organization, erased)}\n`);
    // Whatever keeps it from that, the person is erased.
    if (await database.compact().catch(() => false)) return 0;
    stderr.write(`${NOT_COMPACT}\n`);
    return 1;
  } finally {
    await database.close();
  }
}

const NOT_COMPACT =
  'It is erased, but its bytes may still be in the database: others used it all the time, the disk has no room for a copy, or on PostgreSQL the tables belong to another role. Run the same command again, on PostgreSQL as their owner';

function tell(organizationId: string, { customerIds, ...counts }: Erased): string {
  const [live, ...merged] = customerIds;
  const others = merged.length === 0 ? '' : `, with ${merged.join(', ')} merged into it,`;
  const whom = `Customer ${live ?? ''} of organization ${organizationId}${others}`;
  const { accounts, events, merges, records } = counts;
  if (accounts + events + merges + records === 0) return `${whom} had nothing left to erase`;
  const what = [
    count(accounts, 'account'),
    count(events, 'audit event'),
    count(merges, 'merge record'),
    count(records, 'idempotency record'),
  ];
  return `${whom} is erased: ${what.join(', ')}`;
}

const count = (number: number, one: string): string => `${number} ${number === 1 ? one : `${one}s`}`;
