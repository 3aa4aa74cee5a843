import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { ask, useWorkplace, type Service } from '../process/service.js';
import { onServer } from '../support/postgres-server.js';
import { createTestDatabase } from '../support/test-database.js';

const workplace = useWorkplace();

/** From now on the process opens no file whose number is as great as the limit; what is open stays so. */
const limitFiles = ({ child }: Service, limit: number): number | null =>
  spawnSync('prlimit', ['--pid', String(child.pid), `--nofile=${limit}:4096`]).status;

// As under a flood of connections, of which the others that are open go on.
const hasPrlimit = spawnSync('prlimit', ['--version']).status === 0;
test.skipIf(!hasPrlimit)(
  'a process that may open no connection to PostgreSQL is unavailable, until it may (needs prlimit)',
  async () => {
    const database = await createTestDatabase();
    const service = await workplace.start({ DATABASE_URL: database.url });
    const query = '{ customer(id: "343445382") { userId } }';
    const answered = { data: { customer: { userId: '343445382' } } };
    expect(await ask(service, query)).toMatchObject(answered);

    expect(limitFiles(service, 3)).toBe(0);
    const others = 'FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()';
    await onServer(database.url, `SELECT pg_terminate_backend(pid) ${others}`);
    const unavailable = { errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }] };
    expect(await ask(service, query)).toMatchObject(unavailable);

    expect(limitFiles(service, 4096)).toBe(0);
    expect(await ask(service, query)).toMatchObject(answered);
    await service.stop();
    await database.remove();
  },
);
