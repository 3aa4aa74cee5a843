import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { lostUpdates, setValue, type Acknowledged } from '../engine/lost-updates.js';
import { clientId, organizationFile, SECRET } from '../support/settings.js';
import { ask, inFile, useWorkplace, type GraphqlAnswer, type Opened, type Service } from './service.js';

// "32 clients updating at once are answered without an error, and each acknowledged update is on disk after kill -9."
// What a kill can't show is a power cut: then what the process had handed to the system, and not synced, is lost too.
// That the service syncs every commit, and refuses to serve where it would not, is tested where the database is opened.

const ORGANIZATION = '100';
const CLIENTS = 32;
const SHARED = 1;
/** What each client does in the round that is not cut off: all that it can. */
const STEPS = 8;
/** Acknowledgements after which the process is killed, in the midst of what is under way then. */
const KILLED_AFTER = [100, 200, 300];
const ROUNDS = 1 + KILLED_AFTER.length;

const workplace = useWorkplace();

const ownOf = (client: number): number => 1000 + client;
const victimOf = (client: number, round: number): { id: number; email: string } => ({
  id: 10_000 + round * 100 + client,
  email: `victim-${round}-${client}@example.com`,
});

/** An organization with a customer for each client, one for all of them, and one to be merged for each client and round. */
async function importCustomers(env: Readonly<Record<string, string>>): Promise<void> {
  const clients = Array.from({ length: CLIENTS }, (_, client) => client);
  const figures = { type: 'LOYALTY', pointsSummaries: [{ programId: '1016', lifetimePoints: '10.5' }] };
  const customers = [
    { id: String(SHARED), mobile: '+447700900999' },
    ...clients.map((client) => ({ id: String(ownOf(client)), mobile: `+4477009001${10 + client}`, ...figures })),
    ...Array.from({ length: ROUNDS }, (_, round) => round).flatMap((round) =>
      clients.map((client) => {
        const { id, email } = victimOf(client, round);
        return { id: String(id), email, lifetimePurchases: '20', ...figures };
      }),
    ),
  ];
  const file = workplace.path('organization.json');
  writeFileSync(file, JSON.stringify({ ...organizationFile(ORGANIZATION, {}), customers }));
  const exit = await workplace.launch({ script: 'cli/import', args: [file], env }).exited;
  expect(exit).toMatchObject({ code: 0, stderr: '' });
}

/** All that clients were told. */
interface Told {
  readonly updates: Map<number, Acknowledged[]>;
  readonly merges: string[];
  readonly undos: string[];
}

const newTold = (): Told => ({ updates: new Map(), merges: [], undos: [] });
const countOf = ({ updates, merges, undos }: Told): number =>
  [...updates.values()].reduce((sum, list) => sum + list.length, merges.length + undos.length);

const UPDATE = `mutation ($input: UpdateCustomerInput!) {
  updateCustomer(input: $input) { success customer { version } merges { id } errors { code } } }`;
const UNDO = `mutation ($mergeId: ID!) { undoCustomerMerge(mergeId: $mergeId) { success errors { code } } }`;

interface UpdateAnswer {
  readonly success: boolean;
  readonly customer: { readonly version: number } | null;
  readonly merges: readonly { readonly id: string }[];
}

/**
 * One client: updates a customer of its own and one that all share, and merges another and takes that back, until
 * `isOver` or the connection breaks. An answer that is none of what it should be is thrown.
 */
async function runClient(
  service: Service,
  { client, round, told, isOver }: { client: number; round: number; told: Told; isOver: (step: number) => boolean },
): Promise<void> {
  const send = async (query: string, variables: object): Promise<GraphqlAnswer | null> => {
    const answer = await ask(service, query, variables, `${clientId('till', ORGANIZATION)}:${SECRET}`).catch(
      () => null,
    );
    if (answer !== null && (answer.status !== 200 || answer.errors.length > 0)) throw new Error(JSON.stringify(answer));
    return answer;
  };
  const update = async (input: object): Promise<UpdateAnswer | null> => {
    const payload = (await send(UPDATE, { input }))?.data?.['updateCustomer'] as UpdateAnswer | undefined;
    if (payload?.success === false) throw new Error(JSON.stringify(payload));
    return payload ?? null;
  };
  let standing: string | null = null;
  for (let step = 0; !isOver(step); step += 1) {
    const kind = step % 8;
    if (kind === 1 && standing === null) {
      const merged = await update({ id: String(ownOf(client)), email: victimOf(client, round).email });
      if (merged === null) return;
      standing = merged.merges[0]?.id ?? null;
      if (standing === null) throw new Error('nothing was merged');
      told.merges.push(standing);
    } else if (kind === 2 && standing !== null) {
      const payload = (await send(UNDO, { mergeId: standing }))?.data?.['undoCustomerMerge'];
      if (payload === undefined) return;
      if ((payload as { success: boolean }).success) told.undos.push(standing);
      else throw new Error(JSON.stringify(payload));
      standing = null;
    } else {
      const id = kind === 7 ? SHARED : ownOf(client);
      const value = `${round}-${client}-${step}`;
      const updated = await update({ id: String(id), customFields: setValue(value) });
      if (updated === null) return;
      const list = told.updates.get(id) ?? [];
      list.push({ version: updated.customer?.version ?? 0, value });
      told.updates.set(id, list);
    }
  }
}

/** Everything that clients were told and the file does not have. */
async function missing({ query }: Opened, { updates, merges, undos }: Told): Promise<string[]> {
  const problems: string[] = [];
  for (const [id, acknowledged] of updates) {
    const lost = await lostUpdates({ query }, ORGANIZATION, id, acknowledged);
    problems.push(...lost.map((problem) => `customer ${id}: ${problem}`));
  }
  const records = await query<{ id: string; undone_at: number | null }>('SELECT id, undone_at FROM customer_merge');
  const undoneAt = new Map(records.map((record) => [record.id, record.undone_at]));
  problems.push(...merges.filter((id) => !undoneAt.has(id)).map((id) => `merge ${id} is not there`));
  problems.push(...undos.filter((id) => undoneAt.get(id) == null).map((id) => `merge ${id} is not undone`));
  return problems;
}

/** What would be there if an update could be half done; each statement finds nothing where none is. */
const halves: Readonly<Record<string, string>> = {
  'a version without its event': `SELECT c.id FROM customer AS c WHERE c.version <>
    coalesce((SELECT max(e.version) FROM audit_event AS e WHERE e.organization_id = c.organization_id AND e.customer_id = c.id), 1)`,
  'a merge with other than one event on each side': `SELECT m.id FROM customer_merge AS m WHERE
    (SELECT group_concat(customer_id) FROM (SELECT customer_id FROM audit_event AS e WHERE e.merge_id = m.id
      AND e.action = 'MERGED' ORDER BY customer_id)) IS NOT min(m.survivor_id, m.victim_id) || ',' || max(m.survivor_id, m.victim_id)
    OR (SELECT count(*) FROM audit_event AS e WHERE e.merge_id = m.id AND e.action = 'MERGE_UNDONE') <> 2 * (m.undone_at IS NOT NULL)`,
  'an event of a merge that is not there': `SELECT merge_id FROM audit_event WHERE merge_id NOT IN (SELECT id FROM customer_merge)`,
  'a standing merge whose victim does not point to the survivor, or one that is undone and still does': `
    SELECT m.id FROM customer_merge AS m JOIN customer AS v ON v.organization_id = m.organization_id AND v.id = m.victim_id
     WHERE m.undone_at IS NULL AND v.merged_into IS NOT m.survivor_id`,
  'a pointer without a standing merge': `SELECT v.id FROM customer AS v WHERE v.merged_into IS NOT NULL AND NOT EXISTS
    (SELECT 1 FROM customer_merge AS m WHERE m.victim_id = v.id AND m.undone_at IS NULL)`,
  'a tombstone with identifiers or balances': `SELECT v.id FROM customer AS v WHERE v.merged_into IS NOT NULL AND
    (EXISTS (SELECT 1 FROM customer_identifier AS i WHERE i.customer_id = v.id) OR v.lifetime_purchases <> 0
      OR EXISTS (SELECT 1 FROM points_summary AS p WHERE p.customer_id = v.id))`,
  'a live customer without an identifier': `SELECT c.id FROM customer AS c WHERE c.merged_into IS NULL AND NOT EXISTS
    (SELECT 1 FROM customer_identifier AS i WHERE i.organization_id = c.organization_id AND i.customer_id = c.id)`,
  'points that are not the sum of their ledger': `SELECT p.customer_id FROM points_summary AS p WHERE p.lifetime_points <>
    (SELECT sum(l.lifetime_points) FROM ledger_entry AS l WHERE l.customer_id = p.customer_id AND l.program_id = p.program_id)`,
  'purchases that are not the sum of their ledger': `SELECT c.id FROM customer AS c WHERE c.lifetime_purchases <>
    coalesce((SELECT sum(l.cumulative_purchases) FROM ledger_entry AS l WHERE l.customer_id = c.id AND l.program_id IS NULL), 0)`,
  'points made or lost by moving them': `SELECT sum(lifetime_points) AS sum FROM ledger_entry WHERE kind <> 'OPENING' HAVING sum <> 0`,
};

async function halfDone({ query }: Opened): Promise<string[]> {
  const found: string[] = [];
  for (const [what, statement] of Object.entries(halves)) {
    const rows = await query<object>(statement);
    if (rows.length > 0) found.push(`${what}: ${JSON.stringify(rows.slice(0, 3))}`);
  }
  return found;
}

async function expectSound(path: string, told: Told): Promise<void> {
  await inFile(path, async (file) => {
    expect(await file.query('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
    expect(await file.query('PRAGMA foreign_key_check')).toEqual([]);
    expect(await missing(file, told)).toEqual([]);
    expect(await halfDone(file)).toEqual([]);
  });
}

// One database, which lives through all of it.
describe('32 clients at once', () => {
  const path = () => workplace.path('customers.sqlite');
  const environment = () => ({ DATABASE_URL: `sqlite:${path()}`, DEMO_DATA: '0' });
  const told = newTold();

  const runClients = (service: Service, round: number, isOver: (step: number) => boolean): Promise<unknown> =>
    Promise.all(Array.from({ length: CLIENTS }, (_, client) => runClient(service, { client, round, told, isOver })));

  test('are all answered without an error, and what they were told is stored', async () => {
    await importCustomers(environment());
    const service = await workplace.start(environment());
    await runClients(service, 0, (step) => step >= STEPS);
    expect(countOf(told)).toBe(CLIENTS * STEPS);
    expect(await service.stop()).toMatchObject({ code: 0, stderr: '' });
    await expectSound(path(), told);
  });

  test('lose nothing that was acknowledged by kill -9, however often, and nothing is half done', async () => {
    const env = environment();
    for (const [index, most] of KILLED_AFTER.entries()) {
      const service = await workplace.start(env);
      const before = countOf(told);
      let isKilled = false;
      await runClients(service, 1 + index, () => {
        // Whoever is told the last of them kills it, while the others wait for their answers.
        if (!isKilled && countOf(told) - before >= most) isKilled = service.child.kill('SIGKILL');
        return false;
      });
      expect(await service.exited).toMatchObject({ code: null, signal: 'SIGKILL' });
    }
    const service = await workplace.start(env);
    expect((await fetch(`${service.origin}/readyz`)).status).toBe(200);
    await expectSound(path(), told);
    // Beside the service that runs.
    const verified = await workplace.launch({ script: 'cli/verify', env }).exited;
    expect(verified).toMatchObject({ code: 0, stderr: '' });
    expect(await service.stop()).toMatchObject({ code: 0, stderr: '' });
    expect(Math.min(told.merges.length, told.undos.length)).toBeGreaterThan(CLIENTS);
  });

  // The checks above find what they are for.
  test('would be seen to lose something', async () => {
    const acknowledged = { version: 100_000, value: 'never' };
    const lost: Told = { updates: new Map([[SHARED, [acknowledged]]]), merges: ['no-such-merge'], undos: ['nor-this'] };
    await inFile(path(), async (file) => {
      expect(await missing(file, lost)).toEqual([
        `customer ${SHARED}: never was acknowledged as version 100000, which is not in the log`,
        'merge no-such-merge is not there',
        'merge nor-this is not undone',
      ]);
      await file.query('BEGIN');
      await file.query(`UPDATE customer SET version = version + 1 WHERE id = ${SHARED}`);
      await file.query(`UPDATE customer SET lifetime_purchases = lifetime_purchases + 1 WHERE id = ${ownOf(1)}`);
      await file.query(`UPDATE points_summary SET lifetime_points = 1 WHERE customer_id = ${ownOf(2)}`);
      await file.query(`DELETE FROM customer_identifier WHERE customer_id = ${ownOf(3)}`);
      await file.query(`UPDATE customer SET merged_into = ${ownOf(5)} WHERE id = ${SHARED}`);
      await file.query(`DELETE FROM customer_merge WHERE id = (SELECT max(id) FROM customer_merge)`);
      await file.query(`DELETE FROM audit_event WHERE action = 'MERGED' AND customer_id > 10000
        AND merge_id = (SELECT max(id) FROM customer_merge)`);
      await file.query(`UPDATE ledger_entry SET lifetime_points = 0 WHERE kind = 'MERGE_IN'`);
      const found = await halfDone(file);
      await file.query('ROLLBACK');
      expect(found.map((line) => line.split(':')[0])).toEqual(
        expect.arrayContaining([
          'a version without its event',
          'a merge with other than one event on each side',
          'an event of a merge that is not there',
          'a pointer without a standing merge',
          'a tombstone with identifiers or balances',
          'a live customer without an identifier',
          'points that are not the sum of their ledger',
          'purchases that are not the sum of their ledger',
          'points made or lost by moving them',
        ]),
      );
    });
  });
});
