import { isUtf8 } from 'node:buffer';
import { CommanderError, type Command } from 'commander';
import type { EntityManager } from 'typeorm';
import type { ZodType } from 'zod';
import { openDatabase } from '../database/database.js';
import {
  addClient,
  ClientRefused,
  revokeClient,
  revokePreviousSecret,
  rotateSecret,
  type ClientName,
} from '../organization/client.store.js';
import { lockOrganization } from '../organization/lock-organization.js';
import { clientId, clientSecret } from '../organization/organization-file.js';
import { findRevision } from '../organization/organization.store.js';
import { makeSecret } from '../organization/secret.js';
import { readSettings } from '../settings.js';
import { explainFailure } from './explain-failure.js';
import { newCommand, type Streams } from './new-command.js';
import { printable } from './printable.js';
import { refuseRepeated } from './refuse-repeated.js';

/** What a command reads from and writes to; `process` is one. */
export interface ClientStreams extends Streams {
  readonly stdin: AsyncIterable<Buffer | string>;
}

interface NameOptions {
  readonly organization: string;
  readonly client: string;
}

interface SecretOptions extends NameOptions {
  readonly secretFromStdin?: true;
}

interface AddOptions extends SecretOptions {
  readonly accessGroup: string;
  readonly till?: string;
}

const MAX_SECRET_BYTES = 4096;

/**
 * `client add`, `client rotate` and `client revoke`; answers the exit code. A secret that it has made is all that it writes
 * on stdout, once and nowhere else, and where it can't, nothing is changed; what it did is one line on stderr.
 */
export async function runClient(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  streams: ClientStreams,
): Promise<number> {
  const sayError = (line: string) => streams.stderr.write(`${printable(line)}\n`);
  try {
    // In place of bytes that are no UTF-8 Node.js hands on this character: several ids would become one.
    if (args.some((arg) => arg.includes('\uFFFD'))) throw new ClientRefused('An argument is not UTF-8');
    await clientCommand(env, streams, sayError).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    for (const line of explainFailure(error, 'nothing was changed', [ClientRefused])) sayError(line);
    return 1;
  }
}

function clientCommand(env: NodeJS.ProcessEnv, streams: ClientStreams, say: (line: string) => void): Command {
  const command = newCommand('client', streams).description(
    'Adds and removes clients, and changes their secrets. A running service sees it within 10 seconds.',
  );
  const subcommand = (name: string, description: string): Command =>
    command
      .command(name)
      .description(description)
      .requiredOption('--organization <id>', 'the organization that the client belongs to')
      .requiredOption('--client <id>', 'the client');
  const fromStdin = [
    '--secret-from-stdin',
    'take the secret from there, at least 16 characters, and print none',
  ] as const;

  subcommand('add', 'Adds a client, and prints the secret that it makes for it')
    .requiredOption('--access-group <name>', 'what it may do')
    .option('--till <code>', 'the till that it is')
    .option(...fromStdin)
    .action(async (options: AddOptions) => {
      const { accessGroup, till = null } = options;
      await giveSecret(options, (manager, name, secret) => addClient(manager, { ...name, secret, accessGroup, till }));
      say(`Client ${options.client} was added to organization ${options.organization}`);
    });
  subcommand('rotate', 'Makes a new secret and prints it; the one before stays right until the next one')
    .option(...fromStdin)
    .action(async (options: SecretOptions) => {
      await giveSecret(options, rotateSecret);
      say(
        `Client ${options.client} has a new secret; the one before is right until the next one, or revoke --previous`,
      );
    });
  subcommand('revoke', 'Removes a client')
    .option('--previous', 'only its previous secret')
    .action(async (options: NameOptions & { readonly previous?: true }) => {
      const isWhole = options.previous === undefined;
      await change(env, options, isWhole ? revokeClient : revokePreviousSecret);
      say(`${isWhole ? 'Client' : 'The previous secret of client'} ${options.client} was revoked`);
    });
  refuseRepeated(command);
  return command;

  async function giveSecret(
    options: SecretOptions,
    work: (manager: EntityManager, name: ClientName, secret: string) => Promise<void>,
  ): Promise<void> {
    const isMade = options.secretFromStdin === undefined;
    const secret = isMade ? makeSecret() : await readSecret(streams.stdin);
    let isTold = !isMade;
    await change(env, options, async (manager, name) => {
      await work(manager, name, secret);
      // Before the commit: one that is stored and that nobody knows could only be replaced together with the one in use.
      if (!isTold) await tell(streams.stdout, secret);
      isTold = true;
    });
  }
}

async function tell(stdout: ClientStreams['stdout'], secret: string): Promise<void> {
  const error = await new Promise<Error | null | undefined>((resolve) => stdout.write(`${secret}\n`, resolve));
  if (error) throw new ClientRefused(`The secret can't be written, and nothing was changed: ${error.message}`);
}

/** Does the work in one transaction, while nobody else changes the organization. */
async function change(
  env: NodeJS.ProcessEnv,
  { organization: organizationId, client }: NameOptions,
  work: (manager: EntityManager, name: ClientName) => Promise<void>,
): Promise<void> {
  const id = checked(clientId, client, 'The id of a client');
  const database = await openDatabase(readSettings(env).database);
  try {
    await database.transaction(async (manager) => {
      await lockOrganization(manager, organizationId);
      if ((await findRevision(manager, organizationId)) === null) {
        throw new ClientRefused(`There is no organization ${organizationId}`);
      }
      await work(manager, { id, organizationId });
    });
  } finally {
    await database.close();
  }
}

/** The secret, without the line's end that `echo` puts behind it. */
async function readSecret(stdin: ClientStreams['stdin']): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    chunks.push(Buffer.from(chunk));
    size += chunk.length;
    if (size > MAX_SECRET_BYTES) throw new ClientRefused(`The secret is longer than ${MAX_SECRET_BYTES} bytes`);
  }
  const bytes = Buffer.concat(chunks);
  if (!isUtf8(bytes)) throw new ClientRefused('The secret is not UTF-8');
  return checked(clientSecret, bytes.toString('utf8').replace(/\r?\n$/, ''), 'The secret');
}

function checked(schema: ZodType<string>, value: string, what: string): string {
  const { data, error } = schema.safeParse(value);
  if (data === undefined) throw new ClientRefused(`${what} ${error.issues[0]?.message ?? 'is not right'}`);
  return data;
}
