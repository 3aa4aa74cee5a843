import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { runCustomer } from '../../src/cli/customer/customer-command.js';
import { ask, inFile, useWorkplace, type Exit, type Service } from '../process/service.js';
import { writtenTo } from '../support/written-to.js';

// The built command as a process beside a service with the demo organization; only what needs a terminal has a made-up one.

const RITA = '+44 7700 900111';
const ESCAPE = '\u001B';

const workplace = useWorkplace();
let service: Service;
let env: Readonly<Record<string, string>>;
const file = (): string => workplace.path('customers.sqlite');

beforeAll(async () => {
  service = await workplace.start({ DATABASE_URL: `sqlite:${file()}` });
  env = {
    CUSTOMER_API_URL: `${service.origin}/graphql`,
    CUSTOMER_API_CLIENT: 'till.london.1',
    CUSTOMER_API_SECRET: 'at-least-16-characters',
  };
});

const customer = (args: readonly string[], others: Readonly<Record<string, string>> = {}): Promise<Exit> =>
  workplace.launch({ script: 'cli/customer', args, env: { ...env, ...others } }).exited;

async function json(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await customer([...args, '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Record<string, unknown>;
}

const versionOf = async (mobile: string): Promise<unknown> =>
  ((await ask(service, `{ customer(mobile: "${mobile}") { version } }`)).data?.['customer'] as { version: number })
    .version;

describe('find', () => {
  test('shows a customer as a table, without colours where it is piped', async () => {
    const { code, stdout, stderr } = await customer(['find', '--mobile', RITA]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/│ firstname +│ Rita +│/);
    expect(stdout).toMatch(/│ customFields\.age +│ 46 +│/);
    expect(stdout).toMatch(/│ pointsSummaries\.1016\.loyaltyPoints +│ 2280 +│/);
    expect(stdout).not.toContain(ESCAPE);
  });

  test('shows the logs that are asked for, and the payload alone as JSON', async () => {
    await json('update', '--mobile', '+44 7700 900124', '--firstname', 'Nora');
    const { stdout } = await customer(['find', '--mobile', '+44 7700 900124', '--audit', '--ledger']);
    expect(stdout).toMatch(/│ UPDATED +│ till\.london\.1 +│ firstname +│ [^│]+│ Nora +│ REQUEST/);
    expect(stdout).toMatch(/│ OPENING +│ 1016 +│/);
    const found = await json('find', '--mobile', '+44 7700 900124', '--audit');
    expect(found).toMatchObject({ firstname: 'Nora', version: 2, auditLog: { edges: [{ node: { version: 2 } }] } });
    expect(found).not.toHaveProperty('ledger');
  });

  test('of nobody is 1; of nothing, or by two identifiers, 2', async () => {
    expect(await customer(['find', '--mobile', '+44 7700 900199'])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'Nobody has that\n',
    });
    expect(await customer(['find', '--id', '1', '--json'])).toMatchObject({ code: 1, stdout: 'null\n' });
    for (const args of [['find'], ['find', '--id', '1', '--mobile', RITA]]) {
      const { code, stderr } = await customer(args);
      expect(code).toBe(2);
      expect(stderr).toMatch(/^Give exactly one of .* \(BAD_USER_INPUT\)\n$/);
    }
  });

  test('shows nothing of a value that a terminal would act on', async () => {
    const value = `${ESCAPE}]0;owned\u0007\u009B2J\u202E`;
    await inFile(file(), ({ query }) => query(`UPDATE customer SET associated_with = ? WHERE id = 343445382`, [value]));
    const table = await customer(['find', '--mobile', RITA]);
    const asJson = await customer(['find', '--mobile', RITA, '--json']);
    await inFile(file(), ({ query }) => query('UPDATE customer SET associated_with = NULL WHERE id = 343445382'));
    expect(table.stdout).toContain('\\u001b]0;owned\\u0007\\u009b2J\\u202e');
    for (const { stdout } of [table, asJson]) expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202E]/u);
    expect(JSON.parse(asJson.stdout)).toMatchObject({ associatedWith: value });
  });
});

describe('preview and update', () => {
  const everything = [
    ...['--mobile', '+44 7700 900125', '--firstname', 'Olga', '--lastname', "O'Neil", '--associated-with', 'web.shop'],
    ...['--registered-on', '2016-09-11T11:11:11Z', '--registered-till', 'till.london.2', '--type', 'LOYALTY'],
    ...['--custom-field', 'age=30', '--custom-field', 'nickname=a=b', '--extended-field', 'gender=female'],
    ...['--subscribe', 'SMS.BULK', '--unsubscribe', 'email.trans', '--fraud', 'CONFIRMED'],
  ];

  test('a preview stores nothing, and its hash is what an update can be held to', async () => {
    const { code, stdout } = await customer(['preview', ...everything]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/│ customFields\.nickname +│ +│ a=b +│ REQUEST +│/);
    expect(await versionOf('+44 7700 900125')).toBe(1);
    const [, hash = ''] = /Nothing is stored\. Plan hash: ([0-9a-f]{64})\n$/.exec(stdout) ?? [];
    const updated = await json('update', ...everything, '--expected-plan-hash', hash, '--expected-version', '1');
    expect(updated).toMatchObject({
      success: true,
      planHash: hash,
      customer: {
        version: 2,
        firstname: 'Olga',
        lastname: "O'Neil",
        associatedWith: 'web.shop',
        registeredOn: '2016-09-11T11:11:11Z',
        registeredTill: 'till.london.2',
        fraudStatus: 'CONFIRMED',
        customFields: [
          { name: 'age', value: '30' },
          { name: 'nickname', value: 'a=b' },
        ],
        extendedFields: [{ name: 'gender', value: 'Female' }],
        subscriptions: [
          { channel: 'SMS', priority: 'BULK', status: 'SUBSCRIBED' },
          { channel: 'EMAIL', priority: 'TRANS', status: 'UNSUBSCRIBED' },
        ],
      },
    });
  });

  test('an update that would no longer do what was previewed, or meet the version, is refused', async () => {
    const late = ['update', '--mobile', '+44 7700 900125', '--firstname', 'Olga'];
    const planned = await customer([...late, '--expected-plan-hash', 'a'.repeat(64)]);
    expect(planned.stderr).toMatch(/^expectedPlanHash: .+ \(PLAN_CHANGED, 10002\)\n$/);
    const versioned = await customer([...late, '--expected-version', '1']);
    expect(versioned.stderr).toMatch(/^expectedVersion: .+ \(VERSION_CONFLICT, 10002\)\n$/);
    expect([planned.code, versioned.code]).toEqual([1, 1]);
  });

  test('--clear takes values away, and a key does nothing twice', async () => {
    const cleared = ['lastname', 'associatedWith', 'customFields.age', 'extendedFields.gender'];
    const args = [
      '--mobile',
      '+44 7700 900125',
      ...cleared.flatMap((field) => ['--clear', field]),
      '--idempotency-key',
      'c1',
    ];
    const shown = {
      lastname: null,
      associatedWith: null,
      extendedFields: [],
      customFields: [{ name: 'nickname', value: 'a=b' }],
    };
    expect(await json('update', ...args)).toMatchObject({ replayed: false, customer: shown });
    expect(await json('update', ...args)).toMatchObject({ replayed: true, customer: { version: 3 } });
  });

  test('what is refused is 1: the faults are on stderr, each with its path, and nothing else', async () => {
    const args = ['--mobile', RITA, '--custom-field', 'age=old', '--registered-till', 'nowhere'];
    const { code, stdout, stderr } = await customer(['update', ...args]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /^registeredTill: .+ \(TILL_NOT_FOUND, 91020\)\ncustomFields\.0\.value: .+ \(CUSTOM_FIELD_INVALID, 1017\)\n$/,
    );
    const refused = await customer(['update', ...args, '--json']);
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.stdout)).toMatchObject({
      success: false,
      errors: [{}, { code: 'CUSTOM_FIELD_INVALID' }],
    });
  });

  test('what was not UTF-8 on the command line is not stored', async () => {
    const before = await versionOf(RITA);
    // As it reaches a program: of other bytes Node.js makes this character.
    const exit = await customer(['update', '--mobile', RITA, '--custom-field', 'nickname=Ren\uFFFD']);
    expect(exit).toMatchObject({ code: 2, stdout: '', stderr: 'An argument is not UTF-8\n' });
    expect(await versionOf(RITA)).toBe(before);
  });

  test('an invalid field is left out with a warning where that is asked for', async () => {
    const { code, stderr } = await customer([
      'preview',
      '--mobile',
      RITA,
      '--custom-field',
      'age=old',
      '--skip-invalid-fields',
    ]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^customFields\.0\.value: .+ \(CUSTOM_FIELD_SKIPPED, 1017\)\n$/);
  });
});

describe('merge and undo', () => {
  const dora = ['--mobile', '07700 900115', '--email', 'dora.ejemplo@example.org'];

  test('merges with --yes what was previewed, and takes it back', async () => {
    const { code, stdout } = await customer(['merge', ...dora, '--yes']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Merge [0-9a-f-]{36}: 343445390 into 343445389, by EMAIL dora\.ejemplo@example\.org\n/);
    expect(stdout).toMatch(/│ 1016 +│ lifetimePoints +│ 900 +│ 1450\.5 +│ 2350\.5 +│/);
    const [, mergeId = ''] = /^Merge ([0-9a-f-]{36})/.exec(stdout) ?? [];
    const undone = await customer(['undo', mergeId]);
    expect(undone).toMatchObject({ code: 0, stderr: '' });
    expect(undone.stdout).toMatch(/│ email +│ dora\.ejemplo@example\.org +│ +│ UNDO +│/);
    expect(await customer(['undo', mergeId])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/\(MERGE_ALREADY_UNDONE, 10002\)\n$/) as string,
    });
  });

  test('never sets an identifier that nobody has', async () => {
    const version = await versionOf('+44 7700 900123');
    const { code, stderr } = await customer([
      'merge',
      '--mobile',
      '+44 7700 900123',
      '--email',
      'new@example.com',
      '--yes',
    ]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'There is nothing to merge: no two customers have these\n' });
    expect(await versionOf('+44 7700 900123')).toBe(version);
  });

  test('wants --yes where nobody can be asked', async () => {
    expect(await customer(['merge', ...dora])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('--yes') as string,
    });
  });
});

describe('what keeps it from asking is 2, and said in a line', () => {
  test.each<[string, string[], Record<string, string>, RegExp]>([
    [
      'wrong credentials',
      ['find', '--id', '1'],
      { CUSTOMER_API_SECRET: 'not-the-right-one' },
      /\(UNAUTHENTICATED\)\n$/,
    ],
    [
      'no right to it',
      ['update', '--id', '1', '--client', 'reports'],
      { CUSTOMER_API_SECRET: 'demo-secret-of-reports' },
      /\(FORBIDDEN\)\n$/,
    ],
    ['no client', ['find', '--id', '1'], { CUSTOMER_API_CLIENT: '' }, /^Say who calls: --client/],
    ['no secret', ['find', '--id', '1'], { CUSTOMER_API_SECRET: '' }, /CUSTOMER_API_SECRET\n$/],
    ['no address', ['find', '--id', '1', '--url', 'file:///etc/passwd'], {}, /^--url takes/],
    [
      'an address with credentials, which it does not repeat',
      ['find', '--id', '1'],
      { CUSTOMER_API_URL: 'http://till:secret@127.0.0.1:1/' },
      /^--url takes (?!.*secret).*\n$/,
    ],
    ['an unknown option', ['find', '--nobody'], {}, /unknown option/],
    ['a field without a value', ['update', '--custom-field', 'age'], {}, /NAME=VALUE/],
    ['an option twice', ['update', '--id', '1', '--id', '2'], {}, /'--id <id>' may be given only once\n$/],
    [
      'a name that is given and cleared',
      ['update', '--id', '1', '--firstname', 'Rita', '--clear', 'firstname'],
      {},
      /^firstname is given and cleared at once\n$/,
    ],
    ['no such subscription', ['update', '--subscribe', 'SMS.NEVER'], {}, /SMS\.BULK/],
  ])('%s', async (_, args, others, said) => {
    const { code, stdout, stderr } = await customer(args, others);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(said);
  });

  test('no service, to which nothing was sent', async () => {
    const gone = await listen(() => undefined);
    await gone.close();
    const { code, stderr } = await customer(['update', '--id', '1', '--url', gone.url]);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `The service at ${gone.url} can't be reached: ECONNREFUSED\n`,
    });
  });

  test('a service that is gone before it answers: the update can be sent again by its key', async () => {
    const dying = await listen((socket) => {
      socket.once('data', () => socket.destroy());
    });
    const { code, stderr } = await customer(['update', '--id', '1', '--url', dying.url]);
    await dying.close();
    expect(code).toBe(2);
    expect(stderr).toMatch(/ can't be reached: .+\nIt may be stored nevertheless\..* --idempotency-key [0-9a-f-]{36} /);
  });

  test.each([
    ['a balancer that gives up', 504, '{"message":"Endpoint request timed out"}', /HTTP 504, and not as the API does/],
    ['one that names it an error', 502, '{"errors":[{"message":"Bad gateway"}]}', /^Bad gateway\n/],
    ['what is JSON and no answer', 200, 'null', /HTTP 200, and not as the API does/],
    ['errors that are none', 200, '{"errors":[null]}', /HTTP 200, and not as the API does/],
    ['another GraphQL API', 200, '{"data":{"other":{}}}', /HTTP 200, and not as the API does/],
    ['what is no JSON', 200, '<html>', /HTTP 200, and not as the API does/],
    ['half an answer', 200, '{"data":', /broke off its answer: /],
  ])('%s: the update can be sent again by its key', async (what, status, body, said) => {
    const length = body.length + (what === 'half an answer' ? 1 : 0);
    const other = await listen((socket) => {
      socket.once('data', () => {
        socket.end(
          `HTTP/1.1 ${status} X\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n${body}`,
        );
      });
    });
    const { code, stdout, stderr } = await customer(['update', '--id', '1', '--url', other.url]);
    await other.close();
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(said);
    expect(stderr).toMatch(/^.+\nIt may be stored nevertheless\..* --idempotency-key [0-9a-f-]{36} .*\n$/);
  });

  test('a service that is gone before it answers a merge or an undo: it may be done', async () => {
    const previewed = '{"data":{"previewCustomerUpdate":{"success":true,"merges":[{}],"planHash":"0"}}}';
    let asked = 0;
    const dying = await listen((socket) => {
      socket.once('data', () => {
        asked += 1;
        if (asked > 1) socket.destroy();
        else socket.end(`HTTP/1.1 200 X\r\ncontent-length: ${previewed.length}\r\n\r\n${previewed}`);
      });
    });
    const merged = await customer(['merge', '--id', '1', '--mobile', RITA, '--yes', '--url', dying.url]);
    const undone = await customer(['undo', 'm', '--url', dying.url]);
    await dying.close();
    expect([merged.code, undone.code]).toEqual([2, 2]);
    expect(merged.stderr).toMatch(/^The service .+\nIt may be merged nevertheless: look before you try again\n$/);
    expect(undone.stderr).toMatch(/^The service .+\nIt may be undone nevertheless: look before you try again\n$/);
  });

  test('an answer without end, which is not read to it', async () => {
    const other = await listen((socket) => {
      const blanks = Buffer.alloc(2 ** 20, ' ');
      const more = (): void => {
        socket.write(blanks, (error) => {
          if (!error) more();
        });
      };
      socket
        .on('error', () => undefined)
        .once('data', () => {
          socket.write('HTTP/1.1 200 X\r\n\r\n');
          more();
        });
    });
    const { code, stdout, stderr } = await customer(['find', '--id', '1', '--url', other.url]);
    await other.close();
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/HTTP 200, and not as the API does: is it the API's address\?\n$/);
  });

  test('data that is not what was asked for', async () => {
    const other = await listen((socket) => {
      const body = '{"data":{"customer":{}}}';
      socket.once('data', () => socket.end(`HTTP/1.1 200 X\r\ncontent-length: ${body.length}\r\n\r\n${body}`));
    });
    const { code, stdout, stderr } = await customer(['find', '--id', '1', '--url', other.url]);
    await other.close();
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^The answer can't be shown: .+\n$/);
  });

  test('something else than the API', async () => {
    const { code, stderr } = await customer(['find', '--id', '1', '--url', service.origin]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^There is nothing here/);
  });
});

/** Something that listens and is no service. */
async function listen(onConnection: (socket: Socket) => void): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer(onConnection).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    async close() {
      server.close();
      await once(server, 'close');
    },
  };
}

describe('on a terminal', () => {
  interface Typed {
    readonly code: number;
    readonly out: string;
    readonly err: string;
  }

  /** The answers are typed one after the other, each at its question. */
  async function type(
    args: readonly string[],
    answers: readonly string[],
    others: NodeJS.ProcessEnv = {},
  ): Promise<Typed> {
    const stdin = Object.assign(new PassThrough(), { isTTY: true });
    const stdout = Object.assign(new PassThrough(), { isTTY: true });
    const stderr = Object.assign(new PassThrough(), { isTTY: true });
    let err = '';
    const left = [...answers];
    stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString('utf8');
      if (/(: |\[y\/N\] )$/.test(stripVTControlCharacters(err))) {
        const answer = left.shift();
        if (answer !== undefined) setImmediate(() => stdin.write(`${answer}\r`));
      }
    });
    const code = await runCustomer(args, { ...env, ...others }, { stdin, stdout, stderr });
    return { code, out: writtenTo(stdout), err };
  }
  const fay = ['--mobile', '+44 7700 900117', '--email', 'fay.esempio@example.com'];

  test('there are colours, but where NO_COLOR says otherwise', async () => {
    expect((await type(['find', '--mobile', RITA], [])).out).toContain(`${ESCAPE}[36m`);
    expect((await type(['find', '--mobile', RITA], [], { NO_COLOR: '1' })).out).not.toContain(ESCAPE);
  });

  test('the secret is asked for, and not shown', async () => {
    const secret = 'at-least-16-characters';
    const { code, out, err } = await type(['find', '--mobile', RITA], [secret], { CUSTOMER_API_SECRET: '' });
    expect(code).toBe(0);
    expect(err).toBe('Secret of till.london.1: \n');
    expect(out).not.toContain(secret);
  });

  test('a merge is shown and asked about: no leaves all as it was, yes does it', async () => {
    const before = await versionOf('+44 7700 900117');
    const refused = await type(['merge', ...fay], ['n']);
    expect(refused.code).toBe(1);
    expect(refused.out).toContain('Figures');
    expect(refused.err).toContain('Nothing was merged');
    expect(await versionOf('+44 7700 900117')).toBe(before);
    const agreed = await type(['merge', ...fay], ['y']);
    expect(agreed.code).toBe(0);
    expect(await versionOf('+44 7700 900117')).not.toBe(before);
  });
});
