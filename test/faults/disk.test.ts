import { describe, expect, test } from 'vitest';
import { customers } from '../history/customers.js';
import type { Disturbance } from '../history/fleet.js';
import { runRound, SHOP } from '../history/run-round.js';
import { importShop, readShop } from '../history/world.js';
import { inFile, openFile, useWorkplace, type Service } from '../process/service.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { repeat, soakMinutes, tally } from '../support/soak.js';
import { failingDisks, steps, type Order } from './failing-disk.js';
import { environment, MAY_BE_STORED, NOTHING_STORED, read, rename, renamed, seen, unavailable } from './shop.js';

// A disk that is full, or broken: who is told that nothing was stored can rest on it, and the service goes on by itself.

const workplace = useWorkplace();
const { missing, openDisk } = failingDisks(workplace);

async function newShop(name: string): Promise<string> {
  const path = workplace.path(name);
  await importShop(`sqlite:${path}`, SHOP, customers);
  return path;
}

async function expectEndsWell(service: Service, path: string): Promise<void> {
  expect(await service.stop()).toMatchObject({ code: 0, stderr: '' });
  expect((await readShop(`sqlite:${path}`, SHOP)).breaches).toEqual([]);
}

// By a limit on the size of files, which a POSIX shell has everywhere. SQLite answers it as an I/O error (EFBIG).
test.concurrent(
  'a file that may not grow: updates are refused, queries answered, and there is room again without a restart',
  async () => {
    const path = await newShop('limit.sqlite');
    // In blocks of 512 bytes or of 1024, as the shell has it: room for the database, and for some of its log.
    const within = ['sh', '-c', 'ulimit -f 2048; exec "$0" "$@"'];
    const service = await workplace.start(environment(path), { within });
    let version = 1;
    let answer = await rename(service, 'Rita');
    for (; answer.errors.length === 0 && version < 2000; version += 1) answer = await rename(service, `Rita${version}`);
    expect(answer).toMatchObject(unavailable(MAY_BE_STORED));
    expect(await rename(service, 'Ruth')).toMatchObject(unavailable(MAY_BE_STORED));
    expect(await read(service)).toMatchObject(seen(`Rita${version - 2}`, version));
    expect((await fetch(`${service.origin}/readyz`)).status).toBe(200);

    // Once all of it is in the database, the log begins anew.
    await inFile(path, ({ query }) => query('PRAGMA wal_checkpoint(RESTART)'));
    expect(await rename(service, 'Rosa')).toMatchObject(renamed('Rosa', version + 1));
    await expectEndsWell(service, path);
  },
);

test.concurrent(
  'an erasure for which the file cannot be rewritten: says that it is done, and what is left',
  async () => {
    const path = await newShop('erased.sqlite');
    const args = ['--organization', SHOP, '--customer', '1'];
    const erasure = { script: 'cli/erase', args, env: environment(path) } as const;
    // Room for what the erasure itself writes, not for the whole file once more.
    const within = ['sh', '-c', 'ulimit -f 256; exec "$0" "$@"'];
    expect(await workplace.launch({ ...erasure, within }).exited).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^Customer 1 of organization .* is erased: 1 account/) as string,
      stderr: expect.stringMatching(/^It is erased, but its bytes may still be in the database: .*\n$/) as string,
    });
    expect(await workplace.launch(erasure).exited).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('had nothing left to erase') as string,
      stderr: '',
    });
  },
);

test.concurrent(
  'a file that somebody else keeps locked: updates wait for 5 seconds and are refused, queries are answered',
  async () => {
    const path = await newShop('locked.sqlite');
    const service = await workplace.start(environment(path));
    const other = await openFile(path);
    await other.query('BEGIN IMMEDIATE');
    const began = performance.now();
    const waiting = rename(service, 'Rita');
    expect(await read(service)).toMatchObject(seen(null, 1));
    expect(await waiting).toMatchObject(unavailable(NOTHING_STORED));
    expect(performance.now() - began).toBeGreaterThan(4500);
    await other.query('ROLLBACK');
    await other.close();
    expect(await rename(service, 'Ruth')).toMatchObject(renamed('Ruth', 2));
    await expectEndsWell(service, path);
  },
);

const skipped = missing === null ? '' : ` (not here: ${missing})`;
describe.skipIf(missing !== null)(`a disk that fails as it is told${skipped}`, () => {
  test.concurrent(
    'full, broken for writes, for syncs: updates are refused, queries answered, and it goes on by itself',
    async () => {
      const path = await newShop('broken.sqlite');
      const disk = openDisk(path);
      const service = await workplace.start({ ...environment(path), ...disk.env });
      let version = 1;
      for (const [order, says] of [
        [{ calls: ['write'], action: 'fail', error: 'ENOSPC' }, NOTHING_STORED],
        [{ calls: ['write'], action: 'fail', error: 'EIO' }, MAY_BE_STORED],
        [{ calls: ['sync'], action: 'fail', error: 'EIO' }, MAY_BE_STORED],
      ] as const) {
        expect(await rename(service, `Rita${version}`)).toMatchObject(renamed(`Rita${version}`, version + 1));
        disk.order(order);
        for (let tries = 0; tries < 3; tries += 1)
          expect(await rename(service, 'Ruth')).toMatchObject(unavailable(says));
        expect(disk.count()).toBeGreaterThan(0);
        expect(await read(service)).toMatchObject(seen(`Rita${version}`, version + 1));
        expect((await fetch(`${service.origin}/readyz`)).status).toBe(200);
        disk.mend();
        expect(await rename(service, `Rosa${version}`)).toMatchObject(renamed(`Rosa${version}`, version + 2));
        version += 2;
      }
      await expectEndsWell(service, path);
    },
  );

  test.concurrent(
    'broken for reads: who needs what is not in memory is refused, and served when it can be read again',
    async () => {
      const path = await newShop('reads.sqlite');
      const disk = openDisk(path);
      const service = await workplace.start({ ...environment(path), ...disk.env });
      disk.order({ calls: ['read'], action: 'fail', error: 'EIO' });
      expect(await rename(service, 'Rita')).toMatchObject(unavailable(NOTHING_STORED));
      expect(await read(service)).toMatchObject(unavailable(NOTHING_STORED));
      disk.mend();
      expect(await read(service)).toMatchObject(seen(null, 1));
      expect(await rename(service, 'Rita')).toMatchObject(renamed('Rita', 2));
      await expectEndsWell(service, path);
    },
  );

  test.concurrent(
    'broken for syncs, and then killed: what nobody could say was stored is there, and found by its key',
    async () => {
      const path = await newShop('sync.sqlite');
      const disk = openDisk(path);
      const env = { ...environment(path), ...disk.env };
      const service = await workplace.start(env);
      const update = (to: Service) => rename(to, 'Rita', { idempotencyKey: 'key' });
      expect(await rename(service, 'Rosa')).toMatchObject(renamed('Rosa', 2));
      disk.order({ calls: ['sync'], action: 'fail', error: 'EIO' });
      expect(await update(service)).toMatchObject(unavailable(MAY_BE_STORED));
      service.child.kill('SIGKILL');
      await service.exited;
      disk.mend();

      // It had been written, and the log is read anew.
      const next = await workplace.start(env);
      expect(await read(next)).toMatchObject(seen('Rita', 3));
      expect(await update(next)).toMatchObject(renamed('Rita', 3));
      await expectEndsWell(next, path);
    },
  );

  test.concurrent.each([
    ['full', 'ENOSPC', /DATABASE_URL: .*full/],
    ['broken', 'EIO', /DATABASE_URL: .*I\/O error/],
  ] as const)('%s at the start: one line says so', async (what, error, says) => {
    const path = workplace.path(`start-${what}.sqlite`);
    const disk = openDisk(path);
    disk.order({ calls: ['write'], action: 'fail', error });
    const exit = await workplace.launch({ env: { ...environment(path), ...disk.env } }).exited;
    expect(exit).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(says) as string });
    expect(exit.stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  const faults: readonly Order[] = [
    { calls: ['write'], action: 'fail', error: 'ENOSPC' },
    { calls: ['write'], action: 'fail', error: 'EIO' },
    { calls: ['sync'], action: 'fail', error: 'EIO' },
    { calls: ['truncate', 'sync'], action: 'fail', error: 'EIO' },
    { calls: ['read'], action: 'fail', error: 'EIO' },
  ];

  /** Faults that come and go, from any call on, and kill -9 at any step of a batch, also while a fault lasts. */
  const failures =
    (disk: ReturnType<typeof openDisk>): Disturbance =>
    async (fleet, random, isOver) => {
      while (!isOver()) {
        const fault = faults[random(faults.length)];
        if (fault !== undefined) disk.order({ ...fault, from: 1 + random(30) });
        await sleep(random(150));
        if (random(3) === 0) {
          if (random(2) === 0) {
            disk.order({ calls: steps, action: 'kill', from: 1 + random(60) });
            await Promise.race([fleet.at(0)?.exited, sleep(500)]);
          } else fleet.at(0)?.child.kill('SIGKILL');
          await fleet.replace(0, 'SIGKILL', () => {
            disk.mend();
          });
        }
        disk.mend();
        await sleep(random(150));
      }
    };

  test.concurrent(
    'at any call, with kills between: what clients were told is linearizable, and nothing is lost or done twice',
    async () => {
      await repeat(1, async (seed, round) => {
        const path = workplace.path(`history-${round}.sqlite`);
        const disk = openDisk(path);
        const result = await runRound(workplace, {
          url: `sqlite:${path}`,
          seed,
          processes: 1,
          clients: 8,
          milliseconds: soakMinutes === null ? 3000 : 8000,
          env: disk.env,
          disturb: failures(disk),
        });
        const { operations, refused, unknown, replaced, faults, breaches, broken } = result;
        expect(Math.min(operations, refused + unknown)).toBeGreaterThan(0);
        tally({
          'histories on a failing disk': 1,
          breaches: faults.length + breaches.length + broken.length,
          'operations on a failing disk': operations,
          'writes refused on a failing disk': refused,
          'writes that nobody was told of on a failing disk': unknown,
          'kills on a failing disk': replaced,
        });
        expect({ faults, breaches, broken }, `seed ${seed}`).toEqual({ faults: [], breaches: [], broken: [] });
        disk.remove();
      });
    },
  );
});
