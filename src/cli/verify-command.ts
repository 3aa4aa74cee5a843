import { clearLine, cursorTo } from 'node:readline';
import { CommanderError, InvalidArgumentError } from 'commander';
import { parseHead } from '../audit/audit-chain.js';
import type { KeptHead } from '../customer/verify/audit-log.js';
import { describeBreach } from '../customer/verify/breach.js';
import { verify, type Verified } from '../customer/verify/verify.js';
import { DatabaseRefused } from '../database/database-refused.js';
import { openDatabase } from '../database/database.js';
import { readSettings, SettingsError } from '../settings.js';
import { newCommand, type Streams } from './new-command.js';
import { printable } from './printable.js';
import { moveBar, startBar } from './progress-bar.js';

/**
 * `verify`: checks what must always hold on one snapshot of the database, also beside a running service; answers the
 * exit code. It says one line for each breach, and last how many customers and breaches there are.
 */
export async function runVerify(args: readonly string[], env: NodeJS.ProcessEnv, streams: Streams): Promise<number> {
  const command = newCommand('verify', streams)
    .description(
      'Checks that identifiers, figures, merged customers and audit events are what they must be. Changes nothing.',
    )
    .option(
      '--head <organization=position:hash>',
      'the head of an audit log that was kept elsewhere, as a merge answers it: is it still in the log? May be repeated.',
      addHead,
      [],
    );
  try {
    command.parse(args, { from: 'user' });
    const verified = await verifyDatabase(command.opts<{ head: KeptHead[] }>().head, env, streams);
    streams.stdout.write(`${summaryOf(verified)}\n`);
    return verified.breaches === 0 ? 0 : 1;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    for (const line of explain(error)) streams.stderr.write(`${printable(line)}\n`);
    return 1;
  }
}

function addHead(text: string, before: readonly KeptHead[]): KeptHead[] {
  const end = text.lastIndexOf('=');
  const head = parseHead(text.slice(end + 1));
  if (end < 1 || head === null) throw new InvalidArgumentError('It is no ORGANIZATION=POSITION:HASH.');
  return [...before, { organizationId: text.slice(0, end), head }];
}

async function verifyDatabase(
  keptHeads: readonly KeptHead[],
  env: NodeJS.ProcessEnv,
  streams: Streams,
): Promise<Verified> {
  const database = await openDatabase(readSettings(env).database);
  const bar = startBar(streams, 'Verifying');
  try {
    return await database.snapshot((manager) =>
      verify(manager, {
        keptHeads,
        onBreach(breach) {
          // The bar stands where the line goes; it is drawn anew below it.
          if (bar !== null) clearBar(streams.stderr);
          streams.stdout.write(`${printable(describeBreach(breach))}\n`);
        },
        onProgress:
          bar === null
            ? undefined
            : (done, total) => {
                moveBar(bar, done, total);
              },
      }),
    );
  } finally {
    bar?.stop();
    await database.close();
  }
}

function summaryOf({ customers, merges, breaches }: Verified): string {
  const checked = `${count(customers, 'customer')} and ${count(merges, 'merge')}`;
  return breaches === 0 ? `All holds: ${checked}, no breaches` : `${checked}: ${count(breaches, 'breach', 'breaches')}`;
}

const count = (number: number, one: string, many = `${one}s`): string => `${number} ${number === 1 ? one : many}`;

function clearBar(stream: NodeJS.WritableStream): void {
  clearLine(stream, 0);
  cursorTo(stream, 0);
}

/** What went wrong, one line for each fault, and never a stack. */
function explain(error: unknown): string[] {
  if (error instanceof SettingsError) return [...error.lines];
  if (!(error instanceof Error)) return [`It could not be verified: ${String(error)}`];
  if (isBusy(error) || isBusy(error.cause)) {
    return ['The database is being written by someone else, as by a long import; nothing was verified, try again'];
  }
  return [error instanceof DatabaseRefused ? error.message : `It could not be verified: ${error.message}`];
}

const isBusy = (error: unknown): boolean =>
  error instanceof Error && (error as { code?: unknown }).code === 'SQLITE_BUSY';
