import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadDemo } from '../../src/cli/demo.js';
import { createEngine } from '../../src/customer/engine/engine.js';
import type { Outcome } from '../../src/customer/engine/plan-item.js';
import type { UpdateCustomerInput } from '../../src/customer/update/update.input.js';
import { openDatabase } from '../../src/database/database.js';
import { lockOrganization } from '../../src/organization/lock-organization.js';
import { findClient, findOrganization } from '../../src/organization/organization.store.js';
import { createWorld, shop, type World } from './world.js';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.remove());

const demoClient = { id: 'till.london.1', secret: 'at-least-16-characters' };

/** What the engine says to each input, one after the other, as the demo's first client. */
async function outcomes(kind: 'update' | 'preview', inputs: readonly UpdateCustomerInput[]): Promise<Outcome[]> {
  return world.withDatabase(async (database) => {
    await loadDemo(database);
    const organization = await findOrganization(database.reader, '100');
    const caller = await findClient(database.reader, demoClient.id);
    if (organization === null || caller === null) throw new Error('The demo organization is not there');
    const origin = { requestId: 'r', client: caller.id, tillCode: caller.till, userContext: null };
    const engine = createEngine(database);
    const answers: Outcome[] = [];
    for (const input of inputs) {
      const item = { organization, caller, origin, input };
      answers.push(...(kind === 'update' ? await engine.update([item]) : [await engine.preview(item)]));
    }
    return answers;
  });
}

describe('the demo organization', () => {
  test('is loaded into an empty database once, and names its first client', async () => {
    expect(await world.withDatabase(loadDemo)).toEqual(demoClient);
    const before = await world.dump();
    expect(before['customer']?.length).toBeGreaterThanOrEqual(40);
    expect(await world.withDatabase(loadDemo)).toEqual(demoClient);
    expect(await world.dump()).toEqual(before);
  });

  test('that was loaded before waits for nobody, as for an import that takes long', async () => {
    await world.withDatabase(loadDemo);
    const importing = await openDatabase(world.settings);
    await importing.transaction(async (manager) => {
      await lockOrganization(manager, '100');
      expect(await world.withDatabase(loadDemo)).toEqual(demoClient);
    });
    await importing.close();
  });

  test('stays out of a database that has another organization, whose clients it does not know', async () => {
    await world.load({ organization: shop });
    const before = await world.dump();
    expect(await world.withDatabase(loadDemo)).toBeNull();
    expect(await world.dump()).toEqual(before);
  });

  test('names no client whose secret was changed', async () => {
    await world.withDatabase(loadDemo);
    const clients = [{ id: demoClient.id, secret: 'another-secret-now', accessGroup: 'tills' }];
    await world.load({ organization: { id: '100', name: 'Northwind Retail', clients } });
    expect(await world.withDatabase(loadDemo)).toBeNull();
  });

  test('answers the published example of an update: 50 points for a complete profile, and nothing else', async () => {
    const [answer] = await outcomes('update', [
      {
        id: '343445382',
        mobile: '447700900111',
        firstname: 'Rita',
        lastname: 'Jones',
        registeredOn: '2011-09-11 11:11:11',
        type: 'LOYALTY',
        fraudStatus: 'CONFIRMED',
        subscriptions: [{ priority: 'TRANS', channel: 'EMAIL', status: 'SUBSCRIBED' }],
        extendedFields: [{ name: 'gender', value: 'female' }],
        customFields: [{ name: 'age', value: '47' }],
      },
    ]);
    if (answer?.kind !== 'done') throw new Error(JSON.stringify(answer));
    expect(answer.sideEffects).toEqual([
      { rule: 'profile-complete', programId: '1016', awardedPoints: 50_000n, totalPoints: 2_330_000n },
    ]);
    const { customer } = answer;
    expect([...customer.summaries.keys()]).toEqual(['1016']);
    expect(customer.summaries.get('1016')).toMatchObject({ lifetimePoints: 2_450_000n, slabSerialNumber: 1 });
    expect([...customer.customFields, ...customer.extendedFields]).toEqual([
      ['age', '47'],
      ['gender', 'Female'],
    ]);
  });

  test('has accounts for every rule of a merge', async () => {
    const merges = await outcomes('preview', [
      { mobile: '447700900112', email: 'ada.example@example.com' },
      { mobile: '447700900113', email: 'ben.sample@example.org' },
      { mobile: '447700900114', email: 'cleo.muster@example.com' },
      { mobile: '447700900115', email: 'dora.ejemplo@example.org' },
      { mobile: '447700900116', externalId: 'CARD-0392' },
      { mobile: '447700900117', email: 'fay.esempio@example.com' },
      { mobile: '447700900118', email: 'gus.beispiel@example.org', externalId: 'GUS-BEISPIEL' },
      { mobile: '447700900119', email: 'hana@example.com' },
      { mobile: '447700900120', email: 'ivo.primjer@example.org' },
      { mobile: '447700900121', email: 'jo.voorbeeld@example.com' },
      { mobile: '447700900122', email: 'kim@example.org' },
      { mobile: '447700900111', email: 'yara.ornek@example.com' },
    ]);
    const rules = new Set<string>();
    for (const answer of merges) {
      if (answer.kind !== 'done') throw new Error(JSON.stringify(answer));
      expect(answer.merges.length).toBeGreaterThanOrEqual(1);
      for (const merge of answer.merges) for (const { rule } of merge.changes) rules.add(rule);
    }
    // OVERWRITTEN alone asks for another config.
    expect([...rules].sort()).toEqual(
      ['ALIAS', 'EARLIEST', 'FILLED', 'FRAUD_WINS', 'HIGHER_SLAB', 'OPT_OUT_WINS', 'SUMMED'].sort(),
    );
  });

  test.each<[string, UpdateCustomerInput]>([
    ['CUSTOMER_NOT_FOUND', { mobile: '+44 7700 900199' }],
    ['IDENTIFIER_UPDATE_DISABLED', { mobile: '+44 7700 900112', externalId: 'NEW-CARD' }],
    ['IDENTIFIER_ALREADY_SET', { mobile: '+44 7700 900111', email: 'rita@example.org' }],
    ['PRIMARY_IDENTIFIER_IMMUTABLE', { email: 'rita.james@example.com', mobile: '+44 7700 900199' }],
    ['LOYALTY_DOWNGRADE', { mobile: '+44 7700 900111', type: 'NON_LOYALTY' }],
    ['LOYALTY_IDENTIFIER_REQUIRED', { email: 'pia.esimerkki@example.com', type: 'LOYALTY' }],
    ['TILL_NOT_FOUND', { mobile: '+44 7700 900111', associatedWith: 'till.paris.1' }],
    ['REGISTRATION_DATE_OUT_OF_RANGE', { mobile: '+44 7700 900111', registeredOn: '1899-12-31 00:00:00' }],
    ['CUSTOM_FIELD_INVALID', { mobile: '+44 7700 900111', customFields: [{ name: 'postcode', value: 'nowhere' }] }],
    ['EXTENDED_FIELD_INVALID', { mobile: '+44 7700 900111', extendedFields: [{ name: 'anniversary', value: 'x' }] }],
    ['MERGE_BLOCKED', { mobile: '+44 7700 900111', email: 'noreply@northwind.example.com' }],
  ])('has a customer whose update answers %s', async (code, input) => {
    const [answer] = await outcomes('preview', [input]);
    if (answer?.kind !== 'refused') throw new Error('not refused');
    expect(answer.errors.map((error) => error.code)).toEqual([code]);
  });

  test('has customers who can enrol, be found by what they have, and be given an email', async () => {
    const answers = await outcomes('preview', [
      { mobile: '07700 900126', type: 'LOYALTY' },
      { externalId: 'Größe-Ä/0412', firstname: 'Nils' },
      { mobile: '+61491570156', lastname: 'Tauira' },
      { mobile: '+44 7700 900123', email: 'lou.exemple@example.com' },
      { mobile: '9999999999', firstname: 'Nobody' },
    ]);
    expect(answers.map(({ kind }) => kind)).toEqual(Array.from({ length: 5 }, () => 'done'));
    const [, , , lou] = answers;
    if (lou?.kind !== 'done') throw new Error('refused');
    expect(lou.sideEffects.map(({ rule }) => rule)).toEqual(['profile-complete']);
  });
});
