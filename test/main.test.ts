import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

// The built process, as npm starts it.

const ROOT = fileURLToPath(new URL('..', import.meta.url));

let folder: string;
const started: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'main-'));
});
afterEach(() => {
  for (const { pid } of started.splice(0)) endGroup(pid);
  rmSync(folder, { recursive: true, force: true });
});

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

interface Process {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  readonly exited: Promise<number | null>;
  /** Resolves with the first match on stdout; rejects if the process ends before. */
  prints(pattern: RegExp): Promise<RegExpExecArray>;
}

function start(command: string, args: string[], env: Record<string, string> = {}): Process {
  const child = spawn(command, args, {
    cwd: ROOT,
    // A group of its own, so that npm's child can be ended with npm.
    detached: true,
    env: {
      ...process.env,
      NODE_ENV: 'development',
      PORT: '0',
      DATABASE_URL: `sqlite:${join(folder, 'db.sqlite')}`,
      ...env,
    },
  });
  started.push(child);
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const exited = once(child, 'close').then(([code]) => code as number | null);
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    exited,
    prints: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(stdout);
          if (match !== null) resolve(match);
        };
        child.stdout.on('data', look);
        void exited.then((code) => {
          reject(new Error(`ended with ${String(code)}: ${stderr}`));
        });
        look();
      }),
  };
}

const startNode = (env?: Record<string, string>) => start(process.execPath, ['dist/main.js'], env);
const startNpm = (env?: Record<string, string>) => start('npm', ['start', '--silent'], env);

async function addressOf(service: Process): Promise<URL> {
  const [, address = ''] = await service.prints(/^The API is at (http:.*)\n/m);
  return new URL(address);
}

describe('a start', () => {
  test('ends its output with the address, a demo client and a curl that updates a customer when pasted', async () => {
    const service = startNpm();
    const address = await addressOf(service);
    const [text] = await service.prints(/^The API is at .*\nDemo client: (.+)\nIts secret: (.+)\n.*\ncurl .*\n/m);
    expect(service.stdout().endsWith(text)).toBe(true);
    const curl = text.trim().split('\n').at(-1) ?? '';
    expect(curl).toContain(address.href);
    // Anyone may paste it twice.
    for (const success of [true, true]) {
      const { stdout } = await promisify(execFile)('sh', ['-c', curl]);
      expect(JSON.parse(stdout)).toMatchObject({
        data: { updateCustomer: { success, customer: { firstname: 'Rita' } } },
      });
    }
  });

  test('in production has no demo, no landing page and no introspection', async () => {
    const service = startNode({ NODE_ENV: 'production' });
    const address = await addressOf(service);
    expect(service.stdout()).toBe(`The API is at ${address.href}\n`);
    expect((await fetch(address, { headers: { accept: 'text/html' } })).status).toBe(400);
    const body = JSON.stringify({ query: '{ __schema { description } }' });
    const answer = await fetch(address, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    expect(answer.status).toBe(400);
  });

  test('with wrong settings says so in a line for each, and fails', async () => {
    const service = startNode({ PORT: 'x', MAX_DEPTH: '0', DATABASE_URL: 'mysql://user:hunter2@db/x' });
    expect(await service.exited).toBe(1);
    expect(service.stdout()).toBe('');
    expect(service.stderr()).toBe(
      'DATABASE_URL takes sqlite:PATH or postgres://user:password@host:5432/name; what it has is something else\n' +
        'PORT takes a whole number from 0 to 65535, not "x"\n' +
        'MAX_DEPTH takes a whole number from 1 to 2147483647, not "0"\n',
    );
  });

  test('on a port that is in use, or with a database that is none, says so in a line, and fails', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const service = startNode({ PORT: String(port) });
    expect(await service.exited).toBe(1);
    expect(service.stderr()).toBe(
      `Port ${port} on 127.0.0.1 is in use: choose another with PORT, or stop what listens there\n`,
    );
    other.close();

    const refused = startNode({ DATABASE_URL: `sqlite:${ROOT}package.json` });
    expect(await refused.exited).toBe(1);
    expect(refused.stderr()).toMatch(/^The service cannot run: .*\n$/);
  });
});

describe('a stop', () => {
  test.each([
    ['SIGTERM to npm', startNpm, 'SIGTERM'],
    ['SIGINT to npm', startNpm, 'SIGINT'],
    ['SIGTERM to node', startNode, 'SIGTERM'],
    ['SIGINT to node', startNode, 'SIGINT'],
  ] as const)(
    'by %s, and a second one, answers what is under way and exits with 0',
    async (_name, startOne, signal) => {
      const service = startOne();
      const { port } = await addressOf(service);
      const socket = connect(Number(port), '127.0.0.1');
      let received = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
      const closed = once(socket, 'close');
      const body = '{"query":"{__typename}"}';
      // The server says when it has begun.
      socket.write(
        `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`,
      );
      await once(socket, 'data');

      service.child.kill(signal);
      await service.prints(/^Stopping: .*\n/m);
      service.child.kill(signal);
      await expect(fetch(`http://127.0.0.1:${port}/livez`)).rejects.toThrow();
      expect(service.child.exitCode).toBeNull();

      socket.write(body);
      await closed;
      expect(received).toContain('{"data":{"__typename":"Query"}}');
      expect(await service.exited).toBe(0);
      expect(service.stderr()).not.toContain('Error');
    },
  );

  test('before the start is done exits with 0 too', async () => {
    const service = startNode();
    const mark = join(ROOT, 'dist/.running', String(service.child.pid));
    while (!existsSync(mark)) await new Promise((resolve) => setTimeout(resolve, 5));
    // The mark is the first thing that the process does; it listens to signals right after.
    await new Promise((resolve) => setTimeout(resolve, 50));
    service.child.kill('SIGTERM');
    expect(await service.exited).toBe(0);
    expect(existsSync(mark)).toBe(false);
  });
});

test('a link that somebody has left by the name of its mark is not followed', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, 'Kept');
  const leaveLink = 'ln -s "$0" "dist/.running/$$" || exit 2; exec node dist/main.js';
  const { exited } = start('sh', ['-c', leaveLink, file], { PORT: 'none' });
  expect(await exited).toBe(1);
  expect(readFileSync(file, 'utf8')).toBe('Kept');
});
