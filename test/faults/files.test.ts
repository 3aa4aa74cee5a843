import { linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { customers } from '../history/customers.js';
import { SHOP } from '../history/run-round.js';
import { importShop, readShop } from '../history/world.js';
import { useWorkplace } from '../process/service.js';
import { environment, NOTHING_STORED, read, rename, renamed, seen, unavailable } from './shop.js';

// Files that somebody moves, removes or replaces under a service that has them open: what it would write there nobody would
// ever find again.

const workplace = useWorkplace();

test('a database whose files are not there any more stores nothing, says so, and goes on when they are back', async () => {
  const path = workplace.path('moved.sqlite');
  const other = workplace.path('other.sqlite');
  await importShop(`sqlite:${path}`, SHOP, customers);
  await importShop(`sqlite:${other}`, SHOP, customers);
  const service = await workplace.start(environment(path));
  const ready = async () => (await fetch(`${service.origin}/readyz`)).status;
  expect(await rename(service, 'Rita')).toMatchObject(renamed('Rita', 2));
  for (const [index, ending] of ['', '-wal', '-shm'].entries()) {
    const [version, file, aside] = [index + 2, `${path}${ending}`, workplace.path(`aside${ending}`)];
    renameSync(file, aside);
    expect(await rename(service, 'Ruth')).toMatchObject(unavailable(NOTHING_STORED));
    expect(await ready()).toBe(503);
    linkSync(other, file);
    expect(await rename(service, 'Ruth')).toMatchObject(unavailable(NOTHING_STORED));
    expect(await read(service)).toMatchObject(seen(`Rita${'a'.repeat(index)}`, version));
    rmSync(file);
    renameSync(aside, file);
    expect(await ready()).toBe(200);
    expect(await rename(service, `Rita${'a'.repeat(index + 1)}`)).toMatchObject(
      renamed(`Rita${'a'.repeat(index + 1)}`, version + 1),
    );
  }
  expect(await service.stop()).toMatchObject({ code: 0, stderr: '' });
  expect((await readShop(`sqlite:${path}`, SHOP)).breaches).toEqual([]);
});

test('where a file stands in place of their folder, that is no fault of the service either', async () => {
  const [folder, aside] = [workplace.path('folder'), workplace.path('folder-aside')];
  mkdirSync(folder);
  await importShop(`sqlite:${folder}/shop.sqlite`, SHOP, customers);
  const service = await workplace.start(environment(`${folder}/shop.sqlite`));
  renameSync(folder, aside);
  writeFileSync(folder, '');
  expect(await rename(service, 'Rita')).toMatchObject(unavailable(NOTHING_STORED));
  rmSync(folder);
  renameSync(aside, folder);
  expect(await rename(service, 'Rita')).toMatchObject(renamed('Rita', 2));
  expect(await service.stop()).toMatchObject({ code: 0, stderr: '' });
});
