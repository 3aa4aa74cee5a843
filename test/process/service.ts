import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sqlite3 from 'sqlite3';
import { afterAll, beforeAll } from 'vitest';

// The service as it is shipped: dist in a process of its own, with an environment and a folder of its own.

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const DIST = join(ROOT, 'dist');

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Process {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly exited: Promise<Exit>;
}

export interface Service extends Process {
  /** http://127.0.0.1:PORT */
  readonly origin: string;
  /** Sends SIGTERM, and waits for the end. */
  readonly stop: () => Promise<Exit>;
}

export interface Launch extends StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly script?: 'main' | 'cli/client' | 'cli/customer' | 'cli/erase' | 'cli/import' | 'cli/verify';
  readonly args?: readonly string[];
  /** Somebody who is not root. */
  readonly user?: number | undefined;
}

export interface StartOptions {
  /** Another dist than the project's own, such as one with a fault. */
  readonly dist?: string | undefined;
  /** A command that runs the rest of its words. */
  readonly within?: readonly string[] | undefined;
}

export interface Workplace {
  /** A path inside the folder of these tests. */
  path(name: string): string;
  /** Starts a process in the folder; nothing of this process's environment reaches it but PATH. */
  launch(launch?: Launch): Process;
  /** Starts the service, and waits until it says its address. Throws with what it said where it ends instead. */
  start(env?: Readonly<Record<string, string>>, options?: StartOptions): Promise<Service>;
}

/** A folder, and processes in it that do not outlive the tests of the file. */
export function useWorkplace(): Workplace {
  const started: Process[] = [];
  let folder = '';
  beforeAll(() => {
    const { status } = spawnSync(process.execPath, [join(ROOT, 'scripts/ensure-built.mjs')], { stdio: 'inherit' });
    if (status !== 0) throw new Error('dist could not be built');
    folder = mkdtempSync(join(tmpdir(), 'customer-process-'));
  });
  afterAll(async () => {
    for (const { child } of started) child.kill('SIGKILL');
    await Promise.all(started.map(({ exited }) => exited));
    rmSync(folder, { recursive: true });
  });

  function launch({ env = {}, script = 'main', args = [], user, dist = DIST, within = [] }: Launch = {}): Process {
    const [command = process.execPath, ...words] = [...within, process.execPath, join(dist, `${script}.js`), ...args];
    const child = spawn(command, words, {
      cwd: folder,
      env: { PATH: process.env['PATH'], PORT: '0', ...env },
      ...(user === undefined ? {} : { uid: user, gid: user }),
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const exited = once(child, 'close').then(([code, signal]): Exit => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
      stdout,
      stderr,
    }));
    const launched = { child, stdout: () => stdout, exited };
    started.push(launched);
    return launched;
  }

  async function start(env: Readonly<Record<string, string>> = {}, options?: StartOptions): Promise<Service> {
    const launched = launch({ env, ...options });
    const origin = await printed(launched, /^The API is at (http:\/\/.+)\/graphql\n/m);
    const stop = (): Promise<Exit> => {
      launched.child.kill('SIGTERM');
      return launched.exited;
    };
    return { ...launched, origin, stop };
  }

  return { path: (name) => join(folder, name), launch, start };
}

/** Waits until the process has said this on stdout; answers the first group, or all of it. */
export async function printed({ child, stdout, exited }: Process, pattern: RegExp): Promise<string> {
  for (;;) {
    const match = pattern.exec(stdout());
    if (match !== null) return match[1] ?? match[0];
    const end = await Promise.race([exited, once(child.stdout ?? child, 'data').then(() => null)]);
    if (end !== null) throw new Error(`It ended: ${JSON.stringify(end)}`);
  }
}

export interface GraphqlAnswer {
  readonly status: number;
  readonly data: Readonly<Record<string, unknown>> | null;
  readonly errors: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
}

/** The client of demo/northwind.json that a start prints. */
export const demoClient = 'till.london.1:at-least-16-characters';

export async function ask(
  { origin }: Service,
  query: string,
  variables: object = {},
  client: string | null = demoClient,
  signal?: AbortSignal,
): Promise<GraphqlAnswer> {
  const authorization = client === null ? {} : { authorization: `Basic ${Buffer.from(client).toString('base64')}` };
  const response = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorization },
    body: JSON.stringify({ query, variables }),
    ...(signal === undefined ? {} : { signal }),
  });
  const body = (await response.json()) as Partial<GraphqlAnswer>;
  return { status: response.status, data: body.data ?? null, errors: body.errors ?? [] };
}

export interface Opened {
  readonly query: <Row>(sql: string, parameters?: unknown[]) => Promise<Row[]>;
  readonly close: () => Promise<void>;
}

/** The database's file, as a program other than ours opens it. */
export async function openFile(path: string): Promise<Opened> {
  const database = await new Promise<sqlite3.Database>((resolve, reject) => {
    const opened = new sqlite3.Database(path, (error) => {
      if (error === null) resolve(opened);
      else reject(error);
    });
  });
  return {
    query: <Row>(sql: string, parameters: unknown[] = []) =>
      new Promise<Row[]>((resolve, reject) => {
        database.all(sql, parameters, (error, rows) => {
          if (error === null) resolve(rows as Row[]);
          else reject(error);
        });
      }),
    close: () =>
      new Promise<void>((resolve, reject) => {
        database.close((error) => {
          if (error === null) resolve();
          else reject(error);
        });
      }),
  };
}

/** Opens the file for one piece of work. */
export async function inFile<T>(path: string, work: (file: Opened) => Promise<T>): Promise<T> {
  const file = await openFile(path);
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

/** Every row of every table, as text. */
export async function dump(path: string): Promise<string[]> {
  return inFile(path, async ({ query }) => {
    const tables = await query<{ name: string }>(`SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`);
    const rows: string[] = [];
    for (const { name } of tables) {
      const ofTable = await query<object>(`SELECT * FROM "${name}"`);
      rows.push(...ofTable.map((row) => `${name} ${JSON.stringify(row)}`).sort());
    }
    return rows;
  });
}
