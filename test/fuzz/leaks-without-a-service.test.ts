import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { useWorkplace } from '../process/service.js';
import { expectNoLeak, leaksIn, markedNumber, marker } from './markers.js';

// As in leaks.test.ts; what is said before there is a service is the same whichever database there would be.

const workplace = useWorkplace();

const json = (value: unknown): string => JSON.stringify(value);

test('no secret of the settings is in what a start says that fails', async () => {
  const secret = marker();
  for (const DATABASE_URL of [
    `postgres://${marker()}:${secret}@127.0.0.1:1/${marker()}`,
    `mysql://a:${secret}@b/c`,
    secret,
  ]) {
    const { exited } = workplace.launch({ env: { DATABASE_URL, LOG_LEVEL: 'trace' } });
    const { code, stdout, stderr } = await exited;
    expect(code).toBe(1);
    expectNoLeak(stdout + stderr);
  }
});

test('no value of a file is in what an import says of its faults', async () => {
  const customers = [
    { mobile: marker(), email: marker(), externalId: `${marker()}\u0007`, firstname: `<${marker()}>`, type: marker() },
    { id: marker(), registeredOn: marker(), registeredTill: marker(), customFields: { age: marker() } },
    {
      externalId: 'a',
      lifetimePurchases: marker(),
      pointsSummaries: [{ programId: markedNumber(), redeemed: marker() }],
    },
    { externalId: 'b', subscriptions: [{ channel: marker(), priority: marker(), status: marker() }] },
  ];
  const secrets = { clients: [{ id: 'a:b', secret: marker().slice(0, 12), accessGroup: 'x' }] };
  writeFileSync(workplace.path('shop.json'), json({ organization: { id: '1', name: 'Shop' } }));
  writeFileSync(workplace.path('bad.ndjson'), `${customers.map(json).join('\n')}\n{"mobile": ${marker()}\n`);
  writeFileSync(workplace.path('bad.json'), json({ organization: { id: '2', name: 'Shop', ...secrets }, customers }));
  writeFileSync(workplace.path('broken.json'), `{"organization": ${marker()}`);
  const env = { DATABASE_URL: 'sqlite:./imported.sqlite' };
  for (const [args, code] of [
    [['shop.json'], 0],
    [['--organization', '1', 'bad.ndjson'], 1],
    [['bad.json'], 1],
    [['broken.json'], 1],
  ] as const) {
    const end = await workplace.launch({ script: 'cli/import', args, env }).exited;
    expect(end.code, end.stderr).toBe(code);
    expectNoLeak(end.stdout + end.stderr);
  }
});

test('a leak would be found, in whatever form it is', () => {
  const [text, number] = [marker(), markedNumber()];
  for (const value of [text, number]) {
    for (const leak of [
      value,
      value.slice(0, 9),
      Buffer.from(value).toString('hex'),
      ...['', 'a', 'ab'].map((before) => Buffer.from(`${before}${value}@example.com`).toString('base64')),
      value.replace(/./g, (character) => `%${character.charCodeAt(0).toString(16)}`),
      value.replace(/./g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`),
    ]) {
      expect(leaksIn(`{"msg":"x ${leak} y"}`), leak).not.toEqual([]);
    }
  }
  expect(
    leaksIn('{"level":30,"time":1795300000000,"msg":"Answered","requestId":"3eea33d6-1111-4abc-9abc-123456789abc"}'),
  ).toEqual([]);
});
