import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { ask, useWorkplace, type Service } from '../process/service.js';
import { openLosingProxy } from './losing-proxy.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const workplace = useWorkplace();
let service: Service;
beforeAll(async () => {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'examples'], { cwd: ROOT, stdio: 'inherit' });
  expect(status).toBe(0);
  service = await workplace.start();
});

interface Ran {
  readonly code: unknown;
  readonly lines: readonly string[];
  readonly err: string;
}

/** What `npm run example:…` runs, once it is compiled. */
async function run(example: string, url: string, env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const child = spawn(process.execPath, [`.dist-examples/${example}/main.js`], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], CUSTOMER_API_URL: url, ...env },
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const [code] = (await once(child, 'close')) as unknown[];
  return { code, lines: out.trimEnd().split('\n'), err };
}

interface People {
  readonly member: { readonly version: number; readonly email: string | null };
  readonly contact: { readonly version: number; readonly mobile: string | null };
}

async function people(mobile: string, email: string): Promise<People> {
  const query = `query ($mobile: String, $email: String) {
    member: customer(mobile: $mobile) { userId version email firstname loyaltyPoints subscriptions { channel priority status } }
    contact: customer(email: $email) { userId version mobile firstname loyaltyPoints subscriptions { channel priority status } }
  }`;
  return (await ask(service, query, { mobile, email })).data as unknown as People;
}

const later = ({ member, contact }: People, versions: number): People => ({
  member: { ...member, version: member.version + versions },
  contact: { ...contact, version: contact.version + versions },
});

describe.each([
  ['apollo-client', '+44 7700 900114', 'cleo.muster@example.com'],
  ['plain-fetch', '+44 7700 900113', 'ben.sample@example.org'],
])('the example with %s', (example, mobile, email) => {
  test('finds, is refused, previews, merges and undoes, and leaves all as it was', async () => {
    const before = await people(mobile, email);
    expect(before.member).not.toMatchObject(before.contact);
    const { code, lines, err } = await run(example, `${service.origin}/graphql`);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^The member: \d+ /),
        expect.stringMatching(
          /^Refused, and nothing is stored: TILL_NOT_FOUND at registeredTill .*CUSTOM_FIELD_INVALID at customFields\.0\.value/,
        ),
        expect.stringMatching(/^Preview: \d+ goes into \d+$/),
        `  email: - -> ${email} (FILLED)`,
        expect.stringMatching(new RegExp(`^Merged: .*${email}`)),
        expect.stringMatching(/^Undone, the contact: /),
        expect.stringMatching(/^BAD_USER_INPUT: Give exactly one/),
      ]),
    );
    expect(await people(mobile, email)).toEqual(later(before, 2));
    if (example === 'apollo-client')
      expect(lines).toContainEqual(expect.stringMatching(/^In the cache: \d+, version 3$/));
  });

  test('sends again what got no answer, by the same key, and does nothing twice', async () => {
    const before = await people(mobile, email);
    const proxy = await openLosingProxy(`${service.origin}/graphql`);
    const { code, err } = await run(example, proxy.url);
    const keys = proxy.keys();
    await proxy.close();
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(await people(mobile, email)).toEqual(later(before, 2));
    // One update that is refused, and one that merges.
    expect(keys).toHaveLength(4);
    expect([keys[0], keys[2]]).toEqual([keys[1], keys[3]]);
    expect(new Set(keys).size).toBe(2);
  });

  test('ends with what is wrong where its credentials are', async () => {
    const { code, err } = await run(example, `${service.origin}/graphql`, { CUSTOMER_API_SECRET: 'not-the-right-one' });
    expect(code).toBe(1);
    expect(err).toContain('redentials');
  });

  test('takes back what an earlier run was interrupted in', async () => {
    const before = await people(mobile, email);
    const merging = 'mutation ($input: UpdateCustomerInput!) { updateCustomer(input: $input) { success } }';
    expect((await ask(service, merging, { input: { mobile, email } })).data).toEqual({
      updateCustomer: { success: true },
    });
    expect((await run(example, `${service.origin}/graphql`)).code).toBe(0);
    expect(await people(mobile, email)).toEqual(later(before, 4));
  });
});
