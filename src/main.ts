import 'reflect-metadata';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { pino, type Logger } from 'pino';
import { loggableError } from './graphql/loggable-error.js';
import { createServer } from './server.js';
import { openService, type Service } from './service.js';
import { readSettings, SettingsError, type Settings } from './settings.js';

// The process. A start that fails tells why in a line on stderr and exits with 1. SIGTERM and SIGINT let what is under
// way finish and exit with 0; a second one changes nothing.

/** Of the first customer of demo/northwind.json. */
const DEMO_UPDATE = { mobile: '+44 7700 900111', firstname: 'Rita', lastname: 'James-Okafor' };

markRunning();
const stopRequest = requestedStop();
await run();

async function run(): Promise<never> {
  const settings = settingsOrExit();
  const logger = pino({ level: settings.logLevel });
  process.on('uncaughtException', (error) => {
    // Node would print the error with all its properties: of a database's errors, people's data.
    logger.fatal({ error: loggableError(error) }, 'The process ended');
    process.exit(1);
  });
  try {
    const service = await openService(settings, logger);
    try {
      await serve(service, settings, logger);
    } finally {
      await service.close();
    }
  } catch (error) {
    logger.debug({ error: loggableError(error) }, 'The process failed');
    exitWith([describe(error, settings)]);
  }
  process.exit(0);
}

/** Serves until a stop is asked for and what was under way is answered. */
async function serve(service: Service, settings: Settings, logger: Logger): Promise<void> {
  if (stopRequest.isMade()) return;
  const server = await createServer({ ...service, settings, logger });
  const address = await server.listen();
  print([`The API is at ${address}/graphql`, ...demoLines(service, address)]);
  await stopRequest.made;
  print(['Stopping: what is under way is finished first']);
  await server.close();
}

/** The demo organization's client, and what to paste to see an update. */
function demoLines({ demo }: Service, address: string): string[] {
  if (demo === null) return [];
  const query =
    'mutation ($input: UpdateCustomerInput!) { updateCustomer(input: $input) ' +
    '{ success customer { userId version firstname lastname mobile email } changes { field previous current } errors { code message field } } }';
  const body = JSON.stringify({ query, variables: { input: DEMO_UPDATE } });
  return [
    `Demo client: ${demo.id}`,
    `Its secret: ${demo.secret}`,
    'To update a customer, paste this:',
    `curl -sS ${quote(`${address}/graphql`)} -u ${quote(`${demo.id}:${demo.secret}`)} ` +
      `-H 'Content-Type: application/json' --data ${quote(body)}`,
  ];
}

function settingsOrExit(): Settings {
  try {
    return readSettings(process.env);
  } catch (error) {
    if (error instanceof SettingsError) exitWith(error.lines);
    throw error;
  }
}

function describe(error: unknown, { host, port }: Settings): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is in use: choose another with PORT, or stop what listens there`;
    case 'EACCES':
      return `Port ${port} on ${host} is not for this user: choose one above 1023 with PORT`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `HOST ${host} is not an address of this machine`;
    default:
      return `The service cannot run: ${message.split('\n')[0] ?? ''}`;
  }
}

interface StopRequest {
  readonly made: Promise<void>;
  isMade(): boolean;
}

function requestedStop(): StopRequest {
  let isMade = false;
  const made = new Promise<void>((resolve) => {
    const stop = () => {
      isMade = true;
      resolve();
    };
    // Listening on, not once: without a listener a second signal would end the process at once.
    process.on('SIGTERM', stop).on('SIGINT', stop);
  });
  return { made, isMade: () => isMade };
}

/** Leaves a mark beside this file as long as the process lives, so that no build changes the code under it. */
function markRunning(): void {
  const marks = new URL('.running/', import.meta.url);
  const mark = new URL(String(process.pid), marks);
  try {
    mkdirSync(marks, { recursive: true });
    writeFileSync(mark, '');
  } catch {
    // Where this user can't write, a build of theirs can't either.
    return;
  }
  process.on('exit', () => {
    rmSync(mark, { force: true });
  });
}

function print(lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

function exitWith(lines: readonly string[]): never {
  process.stderr.write(lines.map((line) => `${line}\n`).join(''));
  process.exit(1);
}

/** The text as one word of a shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
