import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { customers } from '../history/customers.js';
import { SHOP } from '../history/run-round.js';
import { importShop } from '../history/world.js';
import { ask, useWorkplace, type Exit } from '../process/service.js';
import { clientId, SECRET } from '../support/settings.js';

// A file that was cut short, or has other bytes than were written: the start says so in one line where SQLite sees it by
// what a start reads, and with CHECK_DATABASE=1 wherever it is.

const PAGE = 4096;

const workplace = useWorkplace();
let whole: string;
beforeAll(async () => {
  whole = workplace.path('whole.sqlite');
  await importShop(`sqlite:${whole}`, SHOP, customers);
});

const environment = (path: string, check: '0' | '1') => ({
  DATABASE_URL: `sqlite:${path}`,
  DEMO_DATA: '0',
  CHECK_DATABASE: check,
});

function copyOf(name: string, damage: (path: string) => void): string {
  const path = workplace.path(name);
  copyFileSync(whole, path);
  damage(path);
  return path;
}

function expectOneLine({ code, stdout, stderr }: Exit, says: RegExp): void {
  expect({ code, stdout, lines: stderr.split('\n').length - 1 }, stderr).toEqual({ code: 1, stdout: '', lines: 1 });
  expect(stderr).toMatch(says);
}

/** Overwrites all pages but the first with this many, from the end on. */
function overwrite(path: string, pages: number): void {
  const bytes = readFileSync(path);
  bytes.fill(0xff, bytes.length - pages * PAGE);
  writeFileSync(path, bytes);
}

const damages: readonly (readonly [string, (path: string) => void])[] = [
  [
    'half of it is gone',
    (path) => {
      truncateSync(path, PAGE * Math.floor(statSync(path).size / PAGE / 2));
    },
  ],
  [
    'all pages but the first are others',
    (path) => {
      overwrite(path, statSync(path).size / PAGE - 1);
    },
  ],
  [
    'only some bytes are left',
    (path) => {
      truncateSync(path, 60);
    },
  ],
];

describe('a file that is damaged', () => {
  test.concurrent.each(damages)('is refused at the start, and left as it is: %s', async (what, damage) => {
    const path = copyOf(`${what}.sqlite`, damage);
    const before = readFileSync(path);
    expectOneLine(
      await workplace.launch({ env: environment(path, '0') }).exited,
      /\bDATABASE_URL\b.*(malformed|not a database)/,
    );
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test.concurrent('where no start reads is refused with CHECK_DATABASE=1', async () => {
    const path = copyOf('tail.sqlite', (copy) => {
      overwrite(copy, 1);
    });
    const before = readFileSync(path);
    expectOneLine(await workplace.launch({ env: environment(path, '1') }).exited, /\bDATABASE_URL\b.*is damaged/);
    expect(readFileSync(path).equals(before)).toBe(true);
    // Without, it is served: what meets the damage is answered as our fault.
    const service = await workplace.start(environment(path, '0'));
    expect(await service.stop()).toMatchObject({ code: 0 });
  });

  test.concurrent('is served where it is none: CHECK_DATABASE=1 finds nothing', async () => {
    const service = await workplace.start(environment(whole, '1'));
    const query = 'query { customer(id: "1") { version } }';
    expect(await ask(service, query, {}, `${clientId('till', SHOP)}:${SECRET}`)).toMatchObject({
      data: { customer: { version: 1 } },
    });
    expect(await service.stop()).toMatchObject({ code: 0, stderr: '' });
  });
});
