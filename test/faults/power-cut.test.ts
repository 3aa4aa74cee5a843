import { describe, expect, test } from 'vitest';
import { breachesOf } from '../history/check-history.js';
import { runClients } from '../history/clients.js';
import { customers } from '../history/customers.js';
import { startFleet } from '../history/fleet.js';
import type { Operation } from '../history/history.js';
import { SHOP } from '../history/run-round.js';
import { importShop, readShop } from '../history/world.js';
import { inFile, useWorkplace } from '../process/service.js';
import { repeat, soakMinutes, tally } from '../support/soak.js';
import { failingDisks, steps, type FailingDisk } from './failing-disk.js';
import { environment } from './shop.js';

// "An acknowledged update survives kill -9 and power loss. One that was not acknowledged is whole or absent." At each step of
// a batch: before each of its calls that write, sync or cut off, the files are kept as they are then, which is what kill -9
// leaves, and as they were when each was last synced, which is the least that a power cut leaves.

const workplace = useWorkplace();
const { missing, openDisk } = failingDisks(workplace);

const LEAST_CALLS = 200;

interface Recording {
  readonly disk: FailingDisk;
  /** Timed by the count of the disk's calls. */
  readonly operations: readonly Operation[];
  /** How many calls there were, each with its images. */
  readonly images: number;
}

async function record(name: string, seed: number, lies: boolean): Promise<Recording> {
  const path = workplace.path(name);
  const disk = openDisk(path);
  await importShop(`sqlite:${path}`, SHOP, customers);
  const fleet = await startFleet(workplace, 1, { ...environment(path), ...disk.env });
  disk.takeAsSynced();
  disk.order({ calls: steps, action: 'image', lies });
  const { operations, faults } = await runClients({
    organizationId: SHOP,
    clients: 3,
    seed,
    service: fleet.service,
    isOver: () => disk.count() > LEAST_CALLS,
    clock: () => disk.count(),
  });
  // At its end the log is copied into the database.
  expect([...faults, ...(await fleet.stop())]).toEqual([]);
  const images = disk.count();
  disk.mend();
  return { disk, operations, images };
}

/** What had been told before a call; of what was under way then, nobody knows. */
const toldBefore = (operations: readonly Operation[], call: number): Operation[] =>
  operations.flatMap((operation): Operation[] => {
    if (operation.ended < call) return [operation];
    return operation.began < call && operation.kind === 'write' ? [{ ...operation, outcome: { kind: 'unknown' } }] : [];
  });

const kinds = ['killed', 'cut'] as const;

/** What is wrong with the files as they were kept before a call. */
async function wrongAt({ disk, operations }: Recording, kind: (typeof kinds)[number], call: number): Promise<string[]> {
  const image = disk.image(kind, call);
  const { logs, breaches } = await readShop(`sqlite:${image}`, SHOP);
  const rows = await inFile(image, ({ query }) => query<{ integrity_check: string }>('PRAGMA integrity_check'));
  const damage = rows.map((row) => row.integrity_check).filter((text) => text !== 'ok');
  return [...damage, ...breaches, ...breachesOf({ operations: toldBefore(operations, call), logs })];
}

const skipped = missing === null ? '' : ` (not here: ${missing})`;
describe.skipIf(missing !== null)(`the files before each call to the disk${skipped}`, () => {
  test('lose nothing that was acknowledged, and have nothing by half, in a batch and in a checkpoint', async () => {
    await repeat(1, async (seed, round) => {
      const recording = await record(`cut-${round}.sqlite`, seed, false);
      expect(recording.images).toBeGreaterThan(LEAST_CALLS);
      // All in a soak.
      const stride = soakMinutes === null ? 9 : 1;
      for (let call = 1 + (seed % stride); call <= recording.images; call += stride) {
        for (const kind of kinds) {
          const wrong = await wrongAt(recording, kind, call);
          tally({ 'images of a kill, and of a power cut': 1, breaches: wrong.length });
          expect(wrong, `seed ${seed}, ${kind} before call ${call}`).toEqual([]);
        }
      }
      recording.disk.remove();
    });
  });

  // The check above finds what it is for.
  test('lose it on a disk that says that it has synced and has not, and this is seen', async () => {
    const recording = await record('lies.sqlite', 1, true);
    expect(await wrongAt(recording, 'killed', LEAST_CALLS)).toEqual([]);
    const lost = await wrongAt(recording, 'cut', LEAST_CALLS);
    expect(lost.join('\n')).toMatch(/was acknowledged and is in no log/);
    recording.disk.remove();
  });
});
