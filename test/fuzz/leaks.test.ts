import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { importOrganization, parseOrganizationFile } from '../../src/customer/import/import-organization.js';
import { openDatabase, type Database } from '../../src/database/database.js';
import { encode, inSeconds, keySet, makeKey, sign, type Key } from '../http/tokens.js';
import { demoClient, useWorkplace, type Service } from '../process/service.js';
import { documents } from '../support/documents.js';
import { organizationFile } from '../support/settings.js';
import { createTestDatabase, databaseKind, type TestDatabase } from '../support/test-database.js';
import { createTrigger, dropTrigger } from '../support/triggers.js';
import { expectNoLeak, markedNumber, marker } from './markers.js';

// No personal data where nobody looks after it: not in errors, not in logs, not in metrics. Everything that can be said is
// said with marked values, and everything that the service prints or answers as an error is searched for them.

const workplace = useWorkplace();

interface Said {
  readonly status: number;
  readonly text: string;
  /** All of an answer that is no customer's data. */
  readonly errors: string;
}

const basic = (client: string): string => `Basic ${Buffer.from(client).toString('base64')}`;

async function say({ origin }: Service, path: string, init: RequestInit = {}): Promise<Said> {
  const response = await fetch(origin + path, {
    method: 'POST',
    ...init,
    headers: { authorization: basic(demoClient), 'content-type': 'application/json', ...(init.headers as object) },
  });
  const text = await response.text();
  return { status: response.status, text, errors: errorsOf(response, text) };
}

interface Body {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: unknown;
  readonly response?: { status: unknown; customers?: { customer: { item_status: unknown }[] } };
}

function errorsOf({ status, headers }: Response, text: string): string {
  const head = [...headers].map(([name, value]) => (name === 'x-cap-request-id' ? '' : `${name}: ${value}`)).join('\n');
  if (status !== 200) return `${head}\n${text}`;
  if (text.startsWith('<?xml')) return [head, ...(text.match(/<item_status>.*?<\/item_status>/gs) ?? [])].join('\n');
  const { data, errors, response } = JSON.parse(text) as Body;
  const notices = Object.values(data ?? {}).flatMap((payload) => noticesOf(payload));
  const items = response?.customers?.customer.map(({ item_status }) => item_status);
  return `${head}\n${JSON.stringify([errors, notices, response?.status, items])}`;
}

/** The errors and warnings as data of a payload, and of those in it. */
function noticesOf(payload: unknown): unknown[] {
  if (typeof payload !== 'object' || payload === null) return [];
  const { errors, warnings, results } = payload as Readonly<Record<string, unknown>>;
  return [errors, warnings, ...(Array.isArray(results) ? results.flatMap(noticesOf) : [])];
}

const graphql = (service: Service, query: string, variables: unknown = {}, more: object = {}): Promise<Said> =>
  say(service, '/graphql', { body: JSON.stringify({ query, variables, ...more }) });

/** Values that are right: what they do is done, and none of it is said. */
async function sayWhatIsRight(service: Service): Promise<Said[]> {
  const email = `${marker()}@example.com`;
  const update = (input: object) => graphql(service, documents.updateCustomer, { input });
  const name = marker();
  const said = [
    await update({ id: '343445382', firstname: name, lastname: marker(), idempotencyKey: marker() }),
    await update({ mobile: '+44 7700 900116', email }),
    await graphql(service, documents.updateCustomers, {
      inputs: [{ email, firstname: marker() }, { email: marker() }],
    }),
    await graphql(service, documents.previewCustomerUpdate, { input: { email, lastname: marker() } }),
    await graphql(service, documents.customer, { email }),
    await graphql(service, `{ customer(email: "${email}") { userId firstname } }`),
    await say(service, `/graphql?query={customer(email:"${email}"){userId}}`, {
      method: 'GET',
      headers: { 'x-apollo-operation-name': marker() },
    }),
    await say(service, '/v1.1/customer/update', {
      body: JSON.stringify({ root: { customer: { email, lastname: marker() } } }),
    }),
  ];
  expect(said.map(({ status }) => status)).toEqual(said.map(() => 200));
  // That the values did get there.
  expect(said[0]?.text).toContain(name);
  return said;
}

/** What is refused as data of a customer's, or answers that there is nobody. */
function inputs(): object[] {
  const known = { id: '343445382' };
  const field = (name: string, value: string) => [{ name, value }];
  return [
    { id: marker() },
    { id: markedNumber() },
    { mobile: marker() },
    { mobile: `+447${markedNumber()}` },
    { mobile: `+99${markedNumber()}` },
    { email: marker() },
    { email: `${marker()}@example.com` },
    { externalId: `${marker()}\u0007` },
    { externalId: marker() },
    { ...known, firstname: `${marker()}\u202e` },
    { ...known, lastname: `<${marker()}>` },
    { ...known, registeredTill: marker(), associatedWith: marker() },
    {
      ...known,
      customFields: [...field(marker(), marker()), ...field('age', marker()), ...field('birthday', marker())],
    },
    {
      ...known,
      customFields: [...field('favouriteAisle', marker()), ...field('age', marker())],
      invalidFields: 'SKIP',
    },
    { ...known, extendedFields: [...field('gender', marker()), ...field(marker(), '1')] },
    { ...known, expectedPlanHash: marker() },
    { ...known, expectedVersion: Number(markedNumber().slice(0, 9)) },
    { ...known, idempotencyKey: marker().repeat(20) },
    { mobile: '+44 7700 900111', email: 'noreply@northwind.example.com', externalId: marker() },
  ];
}

const json = (value: unknown): string => JSON.stringify(value);

/** Variables, literals and documents that graphql-js refuses, each of which it would quote. */
function documentsAtFault(): [query: string, variables?: unknown, more?: object][] {
  const { updateCustomer, customer, merge } = documents;
  const text = json(marker());
  const wrongInputs: unknown[] = [
    ...[marker(), Number(markedNumber()), [marker()], { firstname: { name: marker() } }, { firstname: [marker()] }],
    ...[{ lastname: Number(markedNumber()) }, { registeredOn: marker() }, { registeredOn: Number(markedNumber()) }],
    ...[{ type: marker() }, { fraudStatus: [marker()] }, { invalidFields: marker() }, { expectedVersion: marker() }],
    ...[
      { expectedVersion: Number(markedNumber()) },
      { expectedVersion: `${markedNumber()}.5` },
      { id: { id: marker() } },
    ],
    ...[{ customFields: marker() }, { customFields: [{ name: null, value: marker() }] }, { customFields: [marker()] }],
    ...[
      { subscriptions: [{ channel: marker(), priority: marker(), status: marker() }] },
      { [`${marker()} x`]: marker() },
    ],
    ...[{ [`${marker()}@example.com`]: 1 }, { extendedFields: [{ [`+${markedNumber()}`]: 1 }] }],
  ];
  return [
    ...wrongInputs.map((input): [string, unknown] => [updateCustomer, { input }]),
    [updateCustomer, { [marker()]: marker() }],
    [updateCustomer, marker()],
    [updateCustomer, [marker()]],
    [customer, { id: [marker()], mobile: { a: marker() }, email: Number(markedNumber()) }],
    [customer, { id: markedNumber(), email: marker() }],
    [merge, { id: marker() }],
    [documents.undoCustomerMerge, { mergeId: marker() }],
    [documents.updateCustomers, { inputs: Array.from({ length: 101 }, () => ({ email: marker() })) }],
    [`{ customer(id: ${text}, email: ${text}) { userId } }`],
    [`{ customer(mobile: ${markedNumber()}) { userId } }`],
    [`{ customer(mobile: [${text}]) { userId } }`],
    [`{ customer(mobile: ${marker().replace('-', '_')}) { userId } }`],
    [`{ customer(id: "343445382") { auditLog(first: ${text}) { pageInfo { endCursor } } } }`],
    [`{ customer(id: "343445382") { auditLog(first: ${markedNumber()}) { pageInfo { endCursor } } } }`],
    [`{ customer(id: "343445382") { ledger(after: ${text}) { pageInfo { endCursor } } } }`],
    [`mutation { updateCustomer(input: { firstname: [${text}], registeredOn: ${text}, type: ${text} }) { success } }`],
    [`mutation { updateCustomer(input: { customFields: [{ name: ${text} value: 8675309 }] }) { success } }`],
    [`mutation { updateCustomer(input: ${text}) { success } }`],
    [`query ($a: Int = ${text}) { customer(id: $a) { userId } }`],
    [`query ($a: String = ${text}) { customer(email: $a) { userId } }`, { a: null }],
    [`{ organization @include(if: ${text}) { id } }`],
    [`{ customer(email: ${text}`],
    [`{ customer(email: "${marker()}`],
    [`{ customer(email: "\\u${marker()}") { userId } }`],
    [`{ customer(email: ${text} ${text}) { userId } }`],
    [`{ customer(${markedNumber()}) { userId } } "${marker()}"`],
    [`# ${marker()}\n{ customer(email """${marker()}""") { userId } }`],
    [`subscription { customer(email: ${text}) { userId } }`],
    [`query A { organization { id } } query B { organization { id } }`, {}, { operationName: marker() }],
    [
      '{ organization { id } }',
      {},
      { operationName: [marker()], extensions: { persistedQuery: { sha256Hash: marker() } } },
    ],
    [`{ customer(email: ${text}) { ${'merges { '.repeat(20)} id ${'} '.repeat(20)} } }`],
    [`{ ${Array.from({ length: 20 }, (_, index) => `a${index}: customer(email: ${text}) { userId }`).join(' ')} }`],
    [`{ customer(email: "${marker().repeat(5)}") { ${'userId '.repeat(3000)} } }`],
  ];
}

/** Requests that are none, in the eyes of HTTP, of JSON, of XML, or of whoever checks credentials. */
function requestsAtFault(): [path: string, init: RequestInit][] {
  const xml = { 'content-type': 'application/xml' };
  const legacy = '/v1.1/customer/update';
  const fine = { body: json({ query: '{ organization { id } }' }) };
  const bodies = [
    `{"query": "{ a }", "variables": {"input": ${marker()}`,
    `{"query": "${marker()}`,
    marker(),
    `{"__proto__": "${marker()}"}`,
    json(marker()),
    json([{ query: marker() }]),
    json({ query: { a: marker() } }),
    json({ query: '{ a }', variables: marker(), extensions: marker() }),
    json({ [marker()]: 1 }),
    marker().repeat(100_000),
    '',
  ];
  const legacyItems = inputs().map((item) => ({ ...item, external_id: (item as { externalId?: string }).externalId }));
  const wrongItem = {
    ...{ id: [marker()], type: marker(), fraud_status: { status: marker() }, registered_on: marker(), scope: marker() },
    subscriptions: {
      subscription: [{ channel: marker(), priority: marker(), scope: marker(), is_subscribed: marker() }],
    },
    custom_fields: { field: [marker(), { name: marker(), value: [marker(), marker()] }] },
    extended_fields: marker(),
  };
  return [
    ...bodies.flatMap((body): [string, RequestInit][] => [
      ['/graphql', { body }],
      [legacy, { body }],
      [legacy, { body, headers: xml }],
    ]),
    [legacy, { body: json({ root: { customer: [...legacyItems, wrongItem] } }) }],
    [legacy, { body: json({ root: { customer: Array.from({ length: 101 }, () => ({ email: marker() })) } }) }],
    [legacy, { body: json({ root: marker() }) }],
    [
      legacy,
      { headers: xml, body: `<root><customer><email>${marker()}</email><type>${marker()}</type></customer></root>` },
    ],
    [legacy, { headers: xml, body: `<root><customer><email>${marker()}</customer></root>` }],
    [legacy, { headers: xml, body: `<root><${marker()} a=${marker()}>` }],
    [legacy, { headers: xml, body: `<!DOCTYPE a [<!ENTITY a "${marker()}">]><root>&a;&${marker()};</root>` }],
    [`${legacy}?format=${marker()}`, { body: '{}' }],
    [`${legacy}/${marker()}`, { body: '{}' }],
    [`/${marker()}?email=${marker()}`, { method: 'GET' }],
    [`/graphql?query={customer(email:"${marker()}")`, { method: 'GET' }],
    [`/graphql?query=mutation{updateCustomer(input:{email:"${marker()}"}){success}}`, { method: 'GET' }],
    [`/graphql?query={a}&variables={"a":${marker()}`, { method: 'GET' }],
    [
      `/graphql?query={a}&operationName=${marker()}&extensions=${marker()}`,
      { method: 'GET', headers: { 'apollo-require-preflight': '1' } },
    ],
    [`/graphql?%${marker()}`, { method: 'DELETE' }],
    ...[`${marker()}:${marker()}`, `till.london.1:${marker()}`, marker(), `${marker()}\0:${marker()}`].flatMap(
      (client): [string, RequestInit][] => [
        ['/graphql', { ...fine, headers: { authorization: basic(client) } }],
        [legacy, { body: '{}', headers: { authorization: basic(client) } }],
      ],
    ),
    ...[
      `Bearer ${basic(json({ sub: marker() })).slice(6)}.${basic(json({ email: marker() })).slice(6)}.${marker()}`,
      marker(),
    ].map((authorization): [string, RequestInit] => ['/graphql', { ...fine, headers: { authorization } }]),
    ...[
      ...['user-context-entity-type', 'user-context-entity-id', 'user-context-entity-source-id', 'x-cap-request-id'],
      ...['x-cap-read-after', 'accept', 'origin', 'cookie', 'x-forwarded-for', 'user-agent', 'referer', 'content-type'],
      ...['content-encoding', 'accept-language', 'x-apollo-operation-name', 'if-none-match', 'traceparent'],
    ].map((name): [string, RequestInit] => [
      '/graphql',
      { ...fine, headers: { [name]: `${marker()} ${marker().repeat(9)}` } },
    ]),
  ];
}

async function sayWhatIsWrong(service: Service): Promise<Said[]> {
  const said: Said[] = [];
  for (const input of inputs()) {
    said.push(await graphql(service, documents.updateCustomer, { input }));
    said.push(await graphql(service, documents.previewCustomerUpdate, { input }));
  }
  for (const [query, variables, more] of documentsAtFault()) said.push(await graphql(service, query, variables, more));
  for (const [path, init] of requestsAtFault()) said.push(await say(service, path, init));
  return said;
}

const ISSUER = 'https://login.example.com';
const WITHOUT_KEYS = 'https://without-keys.example.com';

/** Gives the running service an organization with two issuers, of which one has keys; answers that key. */
async function trustIssuers({ transaction, reader }: Database): Promise<Key> {
  const key = await makeKey(marker(), 'ES256');
  writeFileSync(workplace.path('keys.json'), keySet(key));
  writeFileSync(workplace.path('no-keys.json'), `{"keys": ${marker()}`);
  const of = (issuer: string, file: string) => ({ issuer, audience: 'customers', jwks: workplace.path(file) });
  const issuers = [of(ISSUER, 'keys.json'), of(WITHOUT_KEYS, 'no-keys.json')];
  const file = parseOrganizationFile(json(organizationFile('900', { issuers })));
  await transaction((manager) => importOrganization(manager, { file, now: Date.now(), committed: reader }));
  return key;
}

/** Tokens with all that their issuer may know of somebody, right ones and wrong ones. */
async function sayWithTokens(service: Service, database: Database): Promise<Said[]> {
  const key = await trustIssuers(database);
  const claims = (others: object = {}): object => ({
    ...{ iss: ISSUER, aud: 'customers', exp: inSeconds(60), client_id: 'gateway', group: 'till' },
    ...{ sub: marker(), email: `${marker()}@example.com`, name: marker(), phone_number: `+${markedNumber()}` },
    ...others,
  });
  const right = await sign(key, claims(), { cty: marker() });
  const [head = '', body = '', signature = ''] = right.split('.');
  const forbidden = await sign(key, claims({ group: marker() }));
  const unknown = await sign(key, claims({ iss: WITHOUT_KEYS }));
  const refused = [
    ...[{ iss: marker() }, { iss: [marker()] }, { aud: marker() }, { aud: [marker()] }, { exp: inSeconds(-60) }],
    ...[{ exp: marker() }, { nbf: inSeconds(60) }, { nbf: marker() }, { iat: marker() }],
    ...[{ client_id: `${marker()}:` }, { client_id: [marker()] }, { client_id: `${marker()}\0` }],
  ].map((others) => sign(key, claims(others)));
  const tokens = [
    ...(await Promise.all([
      ...refused,
      sign(key, claims(), { kid: marker() }),
      sign(key, claims(), { crit: ['x-crit'], 'x-crit': marker() }),
      sign(key, marker()),
    ])),
    `${head}.${body}.${Buffer.from(marker()).toString('base64url')}`,
    `${head}.${encode(claims())}.${signature}`,
    `${encode({ alg: marker(), kid: marker() })}.${body}.${signature}`,
    ...[`${head}.${Buffer.from(`{"iss":${marker()}`).toString('base64url')}.${signature}`, `${marker()}.${body}.x`],
    ...[marker(), `${marker()}.${marker()}.${marker()}`, `${marker()}.`.repeat(4) + marker()],
  ];
  const asked = (token: string, query = '{ organization { id } }', variables = {}): Promise<Said> =>
    say(service, '/graphql', {
      body: json({ query, variables }),
      headers: { authorization: `Bearer ${token}` },
    });
  const input = { email: `${marker()}@example.com`, firstname: marker() };
  const answered = [await asked(right), await asked(right, documents.updateCustomer, { input })];
  expect(answered.map(({ status, text }) => [status, text.includes('"data":{')])).toEqual([
    [200, true],
    [200, true],
  ]);
  const others = [await asked(forbidden), await asked(unknown)];
  expect(others.map(({ text }) => /"code":"(\w+)"/.exec(text)?.[1])).toEqual(['FORBIDDEN', 'SERVICE_UNAVAILABLE']);
  const wrong: Said[] = [];
  for (const token of tokens) {
    wrong.push(await asked(token));
    wrong.push(
      await say(service, '/v1.1/customer/update', { body: '{}', headers: { authorization: `Bearer ${token}` } }),
    );
  }
  expect(wrong.map(({ status }) => status)).toEqual(wrong.map(() => 401));
  return [...answered, ...others, ...wrong];
}

/** Each kind of failure that a database can have while it is given marked values, one of them with a value in its message. */
async function sayWhileTheDatabaseFails(service: Service, { transaction }: Database): Promise<Said[]> {
  const said: Said[] = [];
  const id = '343445384';
  const ask = async () => {
    const input = { id, firstname: marker(), lastname: marker(), idempotencyKey: marker() };
    const item = { id, firstname: marker(), custom_fields: { field: { name: marker(), value: marker() } } };
    const xml = `<root><customer><id>${id}</id><lastname>${marker()}</lastname></customer></root>`;
    // Together: what cannot be stored as a batch is tried again one by one.
    const answers = await Promise.all([
      graphql(service, documents.updateCustomer, { input }),
      say(service, '/v1.1/customer/update', { body: json({ root: { customer: item } }) }),
      say(service, '/v1.1/customer/update?format=xml', { body: xml }),
    ]);
    said.push(...answers);
  };
  const execute = (statement: string): Promise<unknown> => transaction((manager) => manager.query(statement));
  for (const [beginning, end] of failures[databaseKind()]) {
    await execute(beginning);
    await ask();
    await execute(end);
  }
  await execute('ALTER TABLE customer RENAME TO gone');
  await ask();
  said.push(await graphql(service, documents.customer, { email: `${marker()}@example.com` }));
  await execute('ALTER TABLE gone RENAME TO customer');
  // PostgreSQL locks accounts, and waits for them for as long as a client does.
  if (databaseKind() === 'sqlite') await transaction(ask);
  const codes = said.flatMap(
    ({ text }) => /INTERNAL_SERVER_ERROR|SERVICE_UNAVAILABLE|"code":50[03]|<code>50[03]/.exec(text)?.[0] ?? [],
  );
  expect(codes).toHaveLength(said.length);
  return said;
}

const failing = (run: string): [string, string] => [
  createTrigger('failing', 'AFTER UPDATE ON customer', { run }),
  dropTrigger('failing'),
];

/** What makes updates fail with a person's values in the error, in its message and wherever else it has any, and what ends that. */
const failures = {
  sqlite: [`'poison'`, `'near "' || NEW.firstname || '"'`, `NEW.firstname || ' and ' || NEW.lastname`].map((message) =>
    failing(`SELECT RAISE(ABORT, ${message})`),
  ),
  postgres: [
    failing(`RAISE EXCEPTION 'near "%"', NEW.firstname USING DETAIL = NEW.lastname, HINT = NEW.firstname`),
    failing(`PERFORM concat(NEW.firstname, NEW.lastname)::integer`),
    // "Failing row contains (…)", all of it.
    [
      'ALTER TABLE customer ADD CONSTRAINT failing CHECK (version < 0) NOT VALID',
      'ALTER TABLE customer DROP CONSTRAINT failing',
    ],
  ],
} as const;

/** What is printed by a process that ends where nobody caught its error. */
const FAILS_ON_A_SIGNAL = `data:text/javascript,${encodeURIComponent(
  'process.on("SIGUSR2", () => { throw Object.assign(new Error(`near "${process.env.MARKED}"`), { parameters: [process.env.MARKED] }) })',
)}`;

// What is told at trace is told at no other level otherwise: PostgreSQL has errors of its own, and no further words.
describe.each(databaseKind() === 'sqlite' ? ['trace', 'info', 'silent'] : ['trace'])(
  'at LOG_LEVEL=%s, no value of any request is in',
  (level) => {
    let own: TestDatabase;
    let database: Database;
    beforeAll(async () => {
      own = await createTestDatabase();
      database = await openDatabase(own.settings);
    });
    afterAll(async () => {
      await database.close();
      await own.remove();
    });

    test('an error, a log, the metrics, or the last words of a process', async () => {
      const service = await workplace.start({
        ...{ DATABASE_URL: own.url, LOG_LEVEL: level, MARKED: marker() },
        NODE_OPTIONS: `--import ${FAILS_ON_A_SIGNAL}`,
      });
      const said = [
        ...(await sayWhatIsRight(service)),
        ...(await sayWhatIsWrong(service)),
        ...(await sayWithTokens(service, database)),
        ...(level === 'trace' ? await sayWhileTheDatabaseFails(service, database) : []),
      ];
      const answered = await fetch(`${service.origin}/metrics`);
      expect(answered.status).toBe(200);
      const metrics = await answered.text();
      service.child.kill('SIGUSR2');
      const { code, stdout, stderr } = await service.exited;
      expect(code).toBe(1);
      expectNoLeak([...said.map(({ errors }) => errors), metrics, stdout, stderr].join('\n\n'));
      if (level === 'trace') expect(stdout.match(/"A request failed"/g)?.length).toBeGreaterThan(10);
    });
  },
);
