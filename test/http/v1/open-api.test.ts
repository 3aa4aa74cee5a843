import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { beforeAll, expect, test } from 'vitest';
import type { HttpRequest, Shop } from '../../support/shop.js';
import { useWorld } from '../../support/world.js';
import { demo, JSON_TYPE, PATH, sendJson } from './legacy-client.js';

// The description that is served, held against what the endpoint really takes and answers.

type Answer = { content: Record<string, { schema: { $ref: string } }> };
type Description = { paths: Record<string, { post: { responses: Record<string, Answer> } }>; components: object };

const { given } = useWorld();
let shop: Shop;
let description: Description;
const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true });

beforeAll(async () => {
  const { setting, rita } = demo();
  shop = await given.organization(setting);
  await given.customer(shop, rita);
  const answer = await shop.request({ method: 'GET', url: '/v1.1/openapi.json', headers: { authorization: '' } });
  expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
  description = JSON.parse(answer.text) as Description;
  ajv.addVocabulary(['xml', 'components']);
  ajv.addSchema({ $id: 'api', components: description.components });
});

const validatorOf = (name: string): ValidateFunction => ajv.compile({ $ref: `api#/components/schemas/${name}` });

function expectValid(name: string, value: unknown): void {
  const validate = validatorOf(name);
  validate(value);
  expect(validate.errors ?? []).toEqual([]);
}

test('is OpenAPI 3.1', async () => {
  const validator = new Validator();
  expect(await validator.validate(structuredClone(description))).toEqual({ valid: true });
  expect(validator.version).toBe('3.1');
  expect(Object.keys(description.paths)).toEqual([PATH]);
});

const requests: [string, unknown][] = [
  [
    'the example',
    {
      root: {
        customer: [
          { id: '343445382', lastname: 'Jones', custom_fields: { field: [{ name: 'age', value: '["47"]' }] } },
        ],
      },
    },
  ],
  [
    'one object for each list',
    { root: { customer: { id: 343445382, subscriptions: { subscription: { channel: 'sms', priority: 'BULK' } } } } },
  ],
  [
    'what is not given',
    {
      root: {
        customer: [
          {
            mobile: 447700900111,
            email: '',
            subscriptions: '',
            custom_fields: null,
            fraud_status: { status: '' },
            source: 'x',
          },
        ],
      },
    },
  ],
  ['a failure and a success', { root: { customer: [{ id: 1, mobile: 'x' }, { id: '343445382' }, { id: 'abc' }] } }],
  ['warnings', { root: { customer: [{ id: '343445382', extended_fields: { field: [{ name: 'x', value: '1' }] } }] } }],
];

test.each(requests)('describes %s, and how it is answered', async (_name, request) => {
  expectValid('UpdateRequest', request);
  const { status, text } = await sendJson(shop, request);
  expect(status).toBe(200);
  expectValid('UpdateAnswer', JSON.parse(text));
});

test.each<[number, Partial<HttpRequest> & { client?: 'report' }]>([
  [400, { payload: '{' }],
  [401, { headers: { authorization: '' } }],
  [403, { client: 'report' }],
  [405, { method: 'PUT' }],
  [413, { payload: 'x'.repeat(2 ** 20 + 1) }],
  [415, { headers: { 'content-type': 'text/csv' } }],
])('describes the refusal %i', async (status, { client, ...request }) => {
  const sender = client === undefined ? shop : shop.as(client);
  const answer = await sender.request({ url: PATH, headers: JSON_TYPE, payload: '{}', ...request });
  expect(answer.status).toBe(status);
  const answers = description.paths[PATH]?.post.responses[String(status)];
  expect(answers?.content['application/json']?.schema.$ref).toBe('#/components/schemas/Refusal');
  expectValid('Refusal', JSON.parse(answer.text));
});

test('would notice an answer that is another', async () => {
  const { text } = await sendJson(shop, { root: { customer: { id: '343445382' } } });
  for (const [before, after] of [
    ['"user_id":343445382', '"user_id":"343445382"'],
    ['"code":200', '"code":"200"'],
    ['"reason":"",', ''],
    ['"source":"instore"', '"source":"instore","more":1'],
    ['"success":"true"', '"success":true'],
  ] as const) {
    expect(text).toContain(before);
    expect(validatorOf('UpdateAnswer')(JSON.parse(text.replace(before, after))), after).toBe(false);
  }
});
