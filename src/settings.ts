import { z } from 'zod';

/** Where the data is. PostgreSQL is known here already; the database layer says what it can open. */
export type DatabaseSettings =
  { readonly kind: 'sqlite'; readonly path: string } | { readonly kind: 'postgres'; readonly url: string };

/** The most that one GraphQL document may ask for. */
export interface DocumentLimits {
  readonly depth: number;
  readonly aliases: number;
  readonly rootFields: number;
  readonly directives: number;
  readonly tokens: number;
  /** What one operation may cost, lists counted as often as they may have entries. */
  readonly cost: number;
  /** Lists of types and fields within one another. */
  readonly introspectionDepth: number;
}

/** How much work is taken on before more is refused. */
export interface WorkLimits {
  /** What may wait, of updates, of previews, of undos, and of each kind of read. */
  readonly waitingItems: number;
  /** How long it may wait. */
  readonly waitingSeconds: number;
  /** Entries of one list of one input. */
  readonly listItems: number;
}

/** How many items a client may send in so many seconds; 0 items: as many as it likes. */
export interface RateLimitSettings {
  readonly items: number;
  readonly seconds: number;
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface Settings {
  readonly database: DatabaseSettings;
  readonly replicaUrls: readonly string[];
  /** Whether all of a SQLite file is read at the start, and refused where something is wrong with it. */
  readonly checkDatabase: boolean;
  /** 0 takes any free port. */
  readonly port: number;
  readonly host: string;
  readonly demoData: boolean;
  readonly production: boolean;
  readonly introspection: boolean;
  /** The pages for people to try the API with: the landing page of `GET /graphql` too. */
  readonly explorer: boolean;
  readonly corsOrigins: readonly string[];
  readonly logLevel: LogLevel;
  readonly maxBodyBytes: number;
  /** How long a request may take to arrive. */
  readonly maxRequestSeconds: number;
  /** In a minute, of one client from one address, and ten times that, of wrong ones alone, of one address; 0: no limit. */
  readonly maxWrongCredentials: number;
  /** Addresses and networks of balancers whose X-Forwarded-For says where a request comes from. */
  readonly trustedProxies: readonly string[];
  readonly limits: DocumentLimits;
  readonly work: WorkLimits;
  readonly rateLimit: RateLimitSettings;
}

/** Wrong settings: one line for each variable, which never holds a secret. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(readonly lines: readonly string[]) {
    super(lines.join('\n'));
  }
}

/** What a variable's text says, or null where it says nothing that the variable takes. */
type Reader<T> = (text: string) => T | null;

const LARGEST = 2 ** 31 - 1;
// Node's timers have milliseconds, up to LARGEST of them; nobody waits for longer than an hour.
const AN_HOUR = 60 * 60;
// What graphql-js itself allows, whatever is set.
const DEEPEST_INTROSPECTION = 2;
const MOST_WRONG = 1_000_000;
const ipNetwork = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]);

/**
 * The settings that the environment gives, checked and frozen. A variable that is empty counts as not given, but for
 * CORS_ORIGINS, where empty means none. Throws a SettingsError that names every wrong variable, not only the first.
 */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const faults: string[] = [];

  function read<T>(name: string, fallback: T, takes: string, reader: Reader<T>, isSecret = false): T {
    const text = env[name];
    if (text === undefined || text === '') return fallback;
    const value = reader(text);
    if (value !== null) return value;
    faults.push(`${name} takes ${takes}${isSecret ? '; what it has is something else' : `, not ${quote(text)}`}`);
    return fallback;
  }
  const flag = (name: string, fallback: boolean) => read(name, fallback, '0 or 1', readFlag);
  const number = (name: string, fallback: number, least: number, most: number) =>
    read(name, fallback, `a whole number from ${least} to ${most}`, wholeNumber(least, most));
  const limit = (name: string, fallback: number) => number(name, fallback, 1, LARGEST);

  const environment = read('NODE_ENV', 'development', 'development, production or test', (text) =>
    oneOf(['development', 'production', 'test'] as const, text),
  );
  const production = environment === 'production';
  const database = read<DatabaseSettings>(
    'DATABASE_URL',
    { kind: 'sqlite', path: './data/customers.sqlite' },
    'sqlite:PATH or postgres://user:password@host:5432/name',
    readDatabaseUrl,
    true,
  );
  const maxRequestSeconds = number('MAX_REQUEST_SECONDS', 30, 1, AN_HOUR);
  const settings: Settings = {
    database: Object.freeze(database),
    replicaUrls: read(
      'DATABASE_REPLICA_URLS',
      Object.freeze<string[]>([]),
      'URLs as postgres://user:password@host:5432/name, comma-separated',
      listOf((text) => (isPostgresUrl(text) ? text : null)),
      true,
    ),
    checkDatabase: flag('CHECK_DATABASE', false),
    port: number('PORT', 4000, 0, 65535),
    host: read('HOST', '127.0.0.1', 'a host name or an IP address', (text) => (/^[\w.:%-]+$/.test(text) ? text : null)),
    demoData: flag('DEMO_DATA', !production),
    production,
    introspection: flag('INTROSPECTION', !production),
    explorer: flag('EXPLORER', !production),
    corsOrigins:
      env['CORS_ORIGINS'] === ''
        ? Object.freeze([])
        : read(
            'CORS_ORIGINS',
            Object.freeze(production ? [] : ['https://studio.apollographql.com']),
            'origins such as https://shop.example.com, comma-separated, without a path',
            listOf((text) => (isOrigin(text) ? text : null)),
          ),
    logLevel: read('LOG_LEVEL', 'info', `one of ${logLevels.join(', ')}`, (text) => oneOf(logLevels, text)),
    maxBodyBytes: limit('MAX_BODY_BYTES', 2 ** 20),
    maxRequestSeconds,
    maxWrongCredentials: number('MAX_WRONG_CREDENTIALS', 50, 0, MOST_WRONG),
    trustedProxies: read(
      'TRUST_PROXY',
      Object.freeze<string[]>([]),
      'IP addresses and networks such as 10.0.0.0/8, comma-separated',
      // Fastify takes no network of all addresses: everybody could say where a request comes from.
      listOf((text) => (ipNetwork.safeParse(text).success && !text.endsWith('/0') ? text : null)),
    ),
    limits: Object.freeze({
      depth: limit('MAX_DEPTH', 16),
      aliases: limit('MAX_ALIASES', 15),
      rootFields: limit('MAX_ROOT_FIELDS', 10),
      directives: limit('MAX_DIRECTIVES', 50),
      tokens: limit('MAX_TOKENS', 2000),
      cost: limit('MAX_COST', 500_000),
      introspectionDepth: number('MAX_INTROSPECTION_DEPTH', DEEPEST_INTROSPECTION, 0, DEEPEST_INTROSPECTION),
    }),
    work: Object.freeze({
      waitingItems: limit('MAX_WAITING_ITEMS', 10_000),
      waitingSeconds: maxRequestSeconds,
      listItems: limit('MAX_LIST_ITEMS', 1000),
    }),
    rateLimit: Object.freeze({
      items: number('RATE_LIMIT_ITEMS', 0, 0, LARGEST),
      seconds: number('RATE_LIMIT_SECONDS', 60, 1, AN_HOUR),
    }),
  };
  if (settings.replicaUrls.length > 0 && settings.database.kind !== 'postgres') {
    faults.push('DATABASE_REPLICA_URLS needs a DATABASE_URL that is PostgreSQL');
  }
  if (settings.checkDatabase && settings.database.kind !== 'sqlite') {
    faults.push('CHECK_DATABASE=1 needs a DATABASE_URL that is SQLite: PostgreSQL has a check of its own, pg_amcheck');
  }
  if (faults.length > 0) throw new SettingsError(faults);
  return Object.freeze(settings);
}

const readFlag: Reader<boolean> = (text) => (text === '1' ? true : text === '0' ? false : null);

function wholeNumber(least: number, most: number): Reader<number> {
  return (text) => {
    if (!/^\d{1,10}$/.test(text)) return null;
    const number = Number(text);
    return number >= least && number <= most ? number : null;
  };
}

function oneOf<const T extends string>(choices: readonly T[], text: string): T | null {
  return choices.find((choice) => choice === text) ?? null;
}

/** Each part of a comma-separated list, as its reader takes it; one bad part makes the whole list bad. */
function listOf(reader: Reader<string>): Reader<readonly string[]> {
  return (text) => {
    const parts = text.split(',').map((part) => reader(part.trim()));
    return parts.includes(null) ? null : Object.freeze(parts.filter((part) => part !== null));
  };
}

function readDatabaseUrl(text: string): DatabaseSettings | null {
  // A URL may have blanks around it, which pg would take for a part of it.
  const url = text.trim();
  if (isPostgresUrl(url)) return { kind: 'postgres', url };
  const path = /^sqlite:(.+)$/s.exec(text)?.[1];
  // A database in memory would be another one on each connection: what is written would never be read.
  if (path === undefined || path.startsWith(':memory:') || path.includes('\0')) return null;
  return { kind: 'sqlite', path };
}

function isPostgresUrl(text: string): boolean {
  const url = parseUrl(text);
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol)) return false;
  return url.hostname !== '' && url.pathname.length > 1 && [url.username, url.password, url.pathname].every(isEncoded);
}

/** Whether each % begins an escape: in a password as it is, it may not. */
function isEncoded(part: string): boolean {
  try {
    decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}

function isOrigin(text: string): boolean {
  const url = parseUrl(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === text;
}

function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

/** The text in one line, however long or odd it is. */
function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
