import 'reflect-metadata';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino, type Logger } from 'pino';
import { loggableError } from './graphql/loggable-error.js';
import { createLogOutput, type LogOutput } from './log-output.js';
import { createServer } from './server.js';
import { openService, type Service } from './service.js';
import { readSettings, SettingsError, type LogLevel, type Settings } from './settings.js';

/** Of the first customer of demo/northwind.json. */
const DEMO_UPDATE = { mobile: '+44 7700 900111', firstname: 'Rita', lastname: 'James-Okafor' };

/** How long a process that is to stop waits for its database, when what was under way is over or was cut off. */
const LONGEST_WAIT_MS = 3000;

const DEMO_MUTATION =
  'mutation ($input: UpdateCustomerInput!) { updateCustomer(input: $input) ' +
  '{ success customer { userId version firstname lastname mobile email } ' +
  'changes { field previous current } errors { code message field } } }';

/**
 * Runs the service by the environment's settings until `stop` is aborted and what was under way is answered. Resolves to
 * the process's exit code: 0, or 1 where it could not start or run, which it then has said on stderr.
 */
export async function run(stop: AbortSignal): Promise<number> {
  const settings = settingsOrFaults();
  if (Array.isArray(settings)) return fail(settings);
  const { logger, output } = createLog(settings.logLevel);
  process.on('uncaughtException', (error) => {
    // Node would print the error with all its properties: of a database's errors, people's data.
    logger.fatal({ error: loggableError(error) }, 'The process ended');
    void output.settled().then(() => process.exit(1));
  });
  try {
    const service = await openUnlessStopped(settings, logger, stop);
    if (service === null) return 0;
    try {
      await serve(service, settings, logger, stop);
    } finally {
      await Promise.race([service.close(), sleep(LONGEST_WAIT_MS)]);
    }
    return 0;
  } catch (error) {
    logger.debug({ error: loggableError(error) }, 'The process failed');
    return fail([describe(error, settings)]);
  } finally {
    await output.settled();
  }
}

/** Logs to stdout. That nobody takes what it says there is no reason to drop what is under way, or to stay. */
function createLog(level: LogLevel): { logger: Logger; output: LogOutput } {
  const output = createLogOutput(process.stdout.fd, (lines) => {
    logger.error({ lines }, 'Lines of the log were lost: for too long they could not be written');
  });
  const logger = pino({ level }, output);
  return { logger, output };
}

/** Null where the process is to stop, and it does not open: what it waits for may take any time. */
function openUnlessStopped(settings: Settings, logger: Logger, stop: AbortSignal): Promise<Service | null> {
  const late = async () => {
    await aborted(stop);
    await sleep(LONGEST_WAIT_MS);
    return null;
  };
  return Promise.race([openService(settings, logger), late()]);
}

async function serve(service: Service, settings: Settings, logger: Logger, stop: AbortSignal): Promise<void> {
  if (stop.aborted) return;
  service.metrics.collectProcess();
  const server = await createServer({ ...service, settings, logger });
  const address = await server.listen();
  print(process.stdout, [`The API is at ${address}/graphql`, ...demoLines(service, address)]);
  await aborted(stop);
  print(process.stdout, ['Stopping: what is under way is finished first']);
  await server.close();
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

/** The demo organization's client, and what to paste to see an update. */
function demoLines({ demo }: Service, address: string): string[] {
  if (demo === null) return [];
  const body = JSON.stringify({ query: DEMO_MUTATION, variables: { input: DEMO_UPDATE } });
  return [
    `Demo client: ${demo.id}`,
    `Its secret: ${demo.secret}`,
    'To update a customer, paste this:',
    `curl -sS ${quote(`${address}/graphql`)} -u ${quote(`${demo.id}:${demo.secret}`)} ` +
      `-H 'Content-Type: application/json' --data ${quote(body)}`,
  ];
}

function settingsOrFaults(): Settings | string[] {
  try {
    return readSettings(process.env);
  } catch (error) {
    if (error instanceof SettingsError) return [...error.lines];
    throw error;
  }
}

function describe(error: unknown, { host, port }: Settings): string {
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  switch (`${syscall ?? ''} ${code ?? ''}`) {
    case 'listen EADDRINUSE':
      return `Port ${port} on ${host} is in use: choose another with PORT, or stop what listens there`;
    case 'listen EACCES':
      return `Port ${port} on ${host} is not for this user: choose one above 1023 with PORT`;
    case 'listen EADDRNOTAVAIL':
    case 'listen EAFNOSUPPORT':
    case 'listen EINVAL': // A link-local address without its interface.
    case 'getaddrinfo EINVAL':
    case 'getaddrinfo ENOTFOUND':
    case 'getaddrinfo EAI_AGAIN':
      return `HOST ${host} is not an address of this machine`;
    default:
      return `The service cannot run: ${message.split('\n')[0] ?? ''}`;
  }
}

function fail(lines: readonly string[]): 1 {
  print(process.stderr, lines);
  return 1;
}

function print(stream: NodeJS.WriteStream, lines: readonly string[]): void {
  stream.write(lines.map((line) => `${line}\n`).join(''));
}

/** The text as one word of a shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
