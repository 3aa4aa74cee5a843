import { spawn, spawnSync } from 'node:child_process';
import { closeSync, constants, existsSync, openSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { expect, test, vi } from 'vitest';
import { createLogOutput } from '../../src/log-output.js';
import { freePort } from '../support/postgres-server.js';
import { ask, useWorkplace, type Exit, type Process, type Service } from './service.js';

// The log is no reason to stop serving, or to stay: whatever becomes of what it is written to.

const workplace = useWorkplace();

const endedIn = (milliseconds: number, { exited }: Process): Promise<Exit | string> =>
  Promise.race([exited, sleep(milliseconds, `It still runs after ${milliseconds} ms`, { ref: false })]);

async function serves(service: Service): Promise<void> {
  const { data } = await ask(service, '{ customer(mobile: "+44 7700 900111") { userId } }');
  expect(data).toEqual({ customer: { userId: '343445382' } });
}

test.skipIf(!existsSync('/dev/full'))(
  'a log on a full disk: all is answered, and SIGTERM ends the process with 0 (needs /dev/full)',
  async () => {
    const port = String(await freePort());
    const within = ['sh', '-c', 'exec "$0" "$@" > /dev/full'];
    const env = { DATABASE_URL: `sqlite:${workplace.path('full.sqlite')}`, PORT: port };
    const launched = workplace.launch({ env, within });
    const service = { ...launched, origin: `http://127.0.0.1:${port}` } as Service;
    await vi.waitFor(() => fetch(`${service.origin}/livez`), { timeout: 20_000, interval: 50 });
    await serves(service);
    // Until it has been tried to write the line.
    await sleep(500);
    await serves(service);
    service.child.kill('SIGTERM');
    expect(await endedIn(5000, service)).toMatchObject({ code: 0, signal: null, stderr: '' });
  },
);

test('a log that nobody reads: all is answered, and SIGTERM ends the process with 0', async () => {
  const service = await workplace.start({
    DATABASE_URL: `sqlite:${workplace.path('unread.sqlite')}`,
    LOG_LEVEL: 'debug',
  });
  service.child.stdout?.pause();
  const exited = new Promise((resolve) => service.child.once('exit', resolve));
  // More than a pipe and its reader take.
  for (let round = 0; round < 40; round += 1) {
    await Promise.all(Array.from({ length: 25 }, () => fetch(`${service.origin}/livez`)));
  }
  await serves(service);
  service.child.kill('SIGTERM');
  expect(await Promise.race([exited, sleep(5000, 'It still runs', { ref: false })])).toBe(0);
  service.child.stdout?.resume();
});

test.skipIf(process.platform === 'win32')(
  'lines that nobody takes wait, up to a bound, and what is lost is told (needs pipes of POSIX)',
  async () => {
    const path = workplace.path('fifo');
    spawnSync('mkfifo', [path]);
    const descriptor = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    const told: number[] = [];
    const output = createLogOutput(descriptor, (lines) => told.push(lines));
    const line = (index: number): string => `${String(index).padStart(7, '0')}${'x'.repeat(1015)}é\n`;
    const kept = Math.floor((16 * 2 ** 20) / Buffer.byteLength(line(0)));
    for (let index = 0; index < kept + 3; index += 1) output.write(line(index));

    const chunk = Buffer.alloc(2 ** 20);
    const pieces: Buffer[] = [];
    await vi.waitFor(
      () => {
        for (;;) {
          try {
            pieces.push(Buffer.from(chunk.subarray(0, readSync(descriptor, chunk))));
          } catch {
            break;
          }
        }
        expect(told).toEqual([3]);
      },
      { timeout: 20_000, interval: 1 },
    );
    const read = Buffer.concat(pieces).toString();
    expect(read === Array.from({ length: kept }, (_, index) => line(index)).join('')).toBe(true);
    closeSync(descriptor);
  },
);

test('the end of the process: all lines are there, in order, and none is torn', async () => {
  const dist = pathToFileURL(resolve('dist/log-output.js')).href;
  // A line that a pipe takes in several pieces, and lines behind it.
  const script = `
    const { createLogOutput } = await import(${JSON.stringify(dist)});
    const output = createLogOutput(process.stdout.fd, () => undefined);
    for (const length of [300_000, 10, 5000, 10]) output.write('x'.repeat(length) + '\\n');
    await output.settled();
    output.write('last\\n');
    process.exit(0);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lengths = (await text(child.stdout)).split('\n').map(({ length }) => length);
  expect(lengths).toEqual([300_000, 10, 5000, 10, 4, 0]);
});
