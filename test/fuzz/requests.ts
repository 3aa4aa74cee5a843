import fc, { type Arbitrary } from 'fast-check';
import { documents } from '../support/documents.js';
import type { HttpRequest } from '../support/shop.js';
import { oddJson, oddText, rewritten, withRaw } from './odd-values.js';
import { words } from './organizations.js';
import type { GraphqlRequest } from './random-document.js';
import { askedToken, tokensWith, type AskedToken } from './tokens.js';

/** One request as it is sent to both sides; what only an answer can tell stands in it as `merge(0)`. */
export interface Asked extends HttpRequest {
  readonly kind: 'graphql' | 'document' | 'json' | 'xml';
  /** Null for the client's own. */
  readonly credentials: string | AskedToken | null;
}

/** A run of the erase command on both sides. */
export interface AskedErasure {
  readonly kind: 'erase';
  /** Null for the organization that is asked. */
  readonly organization: string | null;
  readonly customer: string;
}

/** Stands for what earlier answers told: the id of the first merge, the last plan's hash, a cursor. */
export const told = {
  merge: (index: number): string => `merge(${index})`,
  hash: 'hash()',
  cursor: 'cursor()',
};

/** Mostly what fits, so that what does not is not all that is ever said. */
const mostly = (fitting: Arbitrary<unknown>, odd: Arbitrary<unknown> = oddText): Arbitrary<unknown> =>
  fc.oneof(
    { weight: 40, arbitrary: fitting },
    { weight: 3, arbitrary: odd },
    { weight: 1, arbitrary: fc.constant(null) },
  );

const oneOf = (texts: readonly string[]): Arbitrary<string> =>
  fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...texts) },
    { weight: 1, arbitrary: rewritten(fc.constantFrom(...texts)) },
  );

const entry = (names: readonly string[]): Arbitrary<unknown> =>
  mostly(
    fc.record(
      { name: mostly(oneOf(names)), value: fc.oneof(oddText, oddText, fc.constant(null)) },
      { requiredKeys: ['name'] },
    ),
    oddJson,
  );

const entries = (names: readonly string[]): Arbitrary<unknown> =>
  mostly(fc.array(entry(names), { maxLength: 4 }), oddJson);

const subscription = fc.record(
  {
    channel: mostly(fc.constantFrom('SMS', 'EMAIL')),
    priority: mostly(fc.constantFrom('TRANS', 'BULK')),
    status: mostly(fc.constantFrom('SUBSCRIBED', 'UNSUBSCRIBED')),
  },
  { requiredKeys: ['channel', 'priority'] },
);

const identifiers = {
  id: mostly(oneOf(words.id)),
  mobile: mostly(oneOf(words.mobile)),
  email: mostly(oneOf(words.email)),
  externalId: mostly(oneOf(words.externalId)),
};

const names = fc.oneof(oddText, fc.constantFrom('Rita', "O'Hara", 'Jönsson', 'علی\u200cرضا', 'İpek', 'ſam'));

const values = {
  firstname: names,
  lastname: names,
  registeredOn: fc.oneof(oddText, oddJson, fc.constantFrom('2016-09-11 11:11:11', '2005-05-05T05:05:05.005+05:30')),
  registeredTill: mostly(oneOf(words.till)),
  associatedWith: mostly(oneOf(words.till)),
  type: mostly(fc.constantFrom('LOYALTY', 'NON_LOYALTY')),
  customFields: entries(words.customField),
  extendedFields: entries(words.extendedField),
  subscriptions: mostly(fc.array(subscription, { maxLength: 4 }), oddJson),
  fraudStatus: mostly(fc.constantFrom('CONFIRMED', 'NONE')),
  expectedVersion: mostly(fc.constantFrom(1, 2, 3), oddJson),
  expectedPlanHash: mostly(fc.constant(told.hash)),
  idempotencyKey: mostly(fc.constantFrom('key', 'Key', 'kéy', 'ke\u0301y')),
  invalidFields: mostly(fc.constantFrom('REJECT', 'SKIP', 'SKIP')),
};

/** A few of the fields: with many, one at fault would hide what the others do. */
const someOf = (
  fields: Readonly<Record<string, Arbitrary<unknown>>>,
  minLength: number,
  maxLength: number,
): Arbitrary<object> =>
  fc
    .subarray(Object.keys(fields), { minLength, maxLength })
    .chain((keys) => fc.record(Object.fromEntries(keys.map((key) => [key, fields[key] ?? fc.constant(null)]))));

const input: Arbitrary<unknown> = fc
  .tuple(
    fc.oneof({ weight: 20, arbitrary: someOf(identifiers, 1, 2) }, { weight: 2, arbitrary: someOf(identifiers, 0, 4) }),
    someOf(values, 0, 3),
    fc.oneof(
      { weight: 30, arbitrary: fc.constant({}) },
      { weight: 1, arbitrary: fc.dictionary(oddText, oddJson, { maxKeys: 2 }) },
    ),
  )
  .map((parts) => Object.fromEntries(parts.flatMap((part) => Object.entries(part))) as unknown);

const anInput = fc.oneof({ weight: 30, arbitrary: input }, { weight: 1, arbitrary: oddJson });

const customerQuery = documents.customer
  .replace('$externalId: String)', '$externalId: String, $first: Int = 50, $after: String)')
  .replaceAll('(first: 500)', '(first: $first, after: $after)');

const mergeId = mostly(fc.oneof(fc.nat(3).map(told.merge), rewritten(fc.nat(3).map(told.merge))), oddJson);

interface Operation {
  readonly query: string;
  readonly variables: object;
}

const operation: Arbitrary<Operation> = fc.oneof(
  { weight: 8, arbitrary: anInput.map((one) => ({ query: documents.updateCustomer, variables: { input: one } })) },
  {
    weight: 3,
    arbitrary: anInput.map((one) => ({ query: documents.previewCustomerUpdate, variables: { input: one } })),
  },
  {
    weight: 3,
    arbitrary: fc
      .oneof(
        { weight: 20, arbitrary: fc.array(anInput, { maxLength: 4 }) },
        { weight: 1, arbitrary: fc.constant(Array(101).fill({})) },
      )
      .map((inputs) => ({ query: documents.updateCustomers, variables: { inputs } })),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        someOf(identifiers, 0, 1),
        someOf(
          { first: mostly(fc.constantFrom(0, 1, 500, 501), oddJson), after: mostly(fc.constant(told.cursor)) },
          0,
          2,
        ),
      )
      .map(([by, page]) => ({ query: customerQuery, variables: { ...by, ...page } })),
  },
  { weight: 1, arbitrary: mergeId.map((id) => ({ query: documents.merge, variables: { id } })) },
  { weight: 2, arbitrary: mergeId.map((id) => ({ query: documents.undoCustomerMerge, variables: { mergeId: id } })) },
);

/** As Node hands a header over: Latin-1, without line breaks and NUL, which end a request before it is one. */
const headerText = fc
  .oneof(
    oddText,
    oddText.map((text) => Buffer.from(text).toString('latin1')),
  )
  .map((text) => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, '').trim());

const headers: Arbitrary<Record<string, string>> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: someOf(
      Object.fromEntries(
        [
          ...['user-context-entity-type', 'user-context-entity-id', 'user-context-entity-source'],
          ...['user-context-entity-source-id', 'x-cap-request-id', 'x-cap-read-after', 'accept', 'accept-language'],
        ].map((name) => [name, headerText]),
      ),
      1,
      3,
    ).map((found) => found as Record<string, string>),
  },
);

const credentials: Arbitrary<Asked['credentials']> = fc.oneof(
  { weight: 30, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: headerText },
  {
    weight: 1,
    arbitrary: fc
      .tuple(oddText, oddText)
      .map(([id, secret]) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`),
  },
  { weight: 1, arbitrary: headerText.map((text) => `Bearer ${text}`) },
  { weight: 6, arbitrary: askedToken },
);

const inJson = (query: string, variables: object, given: object, by: Asked['credentials']): Asked => ({
  kind: 'graphql',
  url: '/graphql',
  headers: { 'content-type': 'application/json', ...given },
  credentials: by,
  payload: withRaw(JSON.stringify({ query, variables })),
});

/** A document that may ask for anything, under any name. */
export const askedByDocument = (request: GraphqlRequest): Asked => ({
  kind: 'document',
  url: '/graphql',
  headers: { 'content-type': 'application/json' },
  credentials: null,
  payload: withRaw(JSON.stringify(request)),
});

const graphql = fc
  .tuple(operation, headers, credentials)
  .map(([{ query, variables }, given, by]) => inJson(query, variables, given, by));

const legacyEntries = (wrapper: string, item: Arbitrary<unknown>): Arbitrary<unknown> =>
  mostly(
    fc.oneof(fc.array(item, { maxLength: 3 }), item).map((list) => ({ [wrapper]: list })),
    oddJson,
  );

const legacyCustomer = fc
  .tuple(
    someOf(
      { id: identifiers.id, mobile: identifiers.mobile, email: identifiers.email, external_id: identifiers.externalId },
      1,
      2,
    ),
    someOf(
      {
        firstname: names,
        lastname: names,
        registered_on: values.registeredOn,
        registered_till: values.registeredTill,
        associated_with: values.associatedWith,
        type: mostly(fc.constantFrom('loyalty', 'NON_LOYALTY')),
        fraud_status: mostly(fc.constant({ status: 'confirmed' }), oddJson),
        custom_fields: legacyEntries('field', entry(words.customField)),
        extended_fields: legacyEntries('field', entry(words.extendedField)),
        subscriptions: legacyEntries(
          'subscription',
          mostly(
            fc.record({
              channel: mostly(fc.constantFrom('sms', 'Email')),
              priority: mostly(fc.constantFrom('TRANS', 'bulk')),
              scope: mostly(fc.constant('all')),
              is_subscribed: mostly(fc.constantFrom('0', '1', 0, 1)),
            }),
            oddJson,
          ),
        ),
      },
      0,
      3,
    ),
  )
  .map(([who, what]): unknown => ({ ...who, ...what }));

const legacyRoot = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.array(legacyCustomer, { minLength: 1, maxLength: 3 }).map((customer): unknown => ({ customer })),
  },
  { weight: 1, arbitrary: oddJson },
  { weight: 1, arbitrary: oddJson.map((customer): unknown => ({ customer })) },
);

const legacyJson = fc.tuple(legacyRoot, headers, credentials).map(([root, given, by]): Asked => ({
  kind: 'json',
  url: '/v1.1/customer/update?format=json',
  headers: { 'content-type': 'application/json', ...given },
  credentials: by,
  payload: withRaw(JSON.stringify({ root })),
}));

const legacyXml = fc
  .tuple(
    legacyRoot,
    headers,
    credentials,
    fc.nat(9).map((number) => number > 0),
  )
  .map(([root, given, by, isEscaped]): Asked => ({
    kind: 'xml',
    url: '/v1.1/customer/update?format=xml',
    headers: { 'content-type': 'application/xml', ...given },
    credentials: by,
    payload: element('root', root, isEscaped ? escapeXml : String),
  }));

function element(name: string, value: unknown, write: (text: string) => string): string {
  if (Array.isArray(value)) return value.map((one) => element(name, one, write)).join('');
  const inner =
    typeof value === 'object' && value !== null
      ? Object.entries(value)
          .map(([key, one]) => element(key, one, write))
          .join('')
      : write(typeof value === 'string' ? value : JSON.stringify(value ?? null).replace('null', ''));
  return `<${name}>${inner}</${name}>`;
}

const escapeXml = (text: string): string => text.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);

const asked: Arbitrary<Asked> = fc.oneof(
  { weight: 10, arbitrary: graphql },
  { weight: 2, arbitrary: legacyJson },
  { weight: 2, arbitrary: legacyXml },
);

/** Two accounts that become one, and that taken back: by chance alone, few merges are found again. */
const mergeAndUndo = fc
  .tuple(
    fc.constantFrom('rita@example.com', 'kelvin@example.com', 'max@example.com'),
    someOf({ firstname: names, customFields: values.customFields, subscriptions: values.subscriptions }, 0, 1),
    headers,
  )
  .map(([email, more, given]): Asked[] => [
    inJson(documents.updateCustomer, { input: { id: '1', email, ...more } }, given, null),
    inJson(documents.undoCustomerMerge, { mergeId: told.merge(0) }, given, null),
  ]);

/** As a shell hands an argument over: UTF-8 without NUL. */
const asArgument = (text: string): string => Buffer.from(text).toString().replaceAll('\0', '');

const erasure: Arbitrary<AskedErasure> = fc.record({
  kind: fc.constant('erase'),
  organization: fc.oneof(
    { weight: 9, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: oddText.map(asArgument) },
  ),
  customer: fc.oneof(
    { weight: 9, arbitrary: oneOf(words.id).map(asArgument) },
    { weight: 1, arbitrary: oddText.map(asArgument) },
  ),
});

/** What one organization is asked, one after the other. */
export const askedInTurn: Arbitrary<(Asked | AskedErasure)[]> = fc
  .array(
    fc.oneof(
      { weight: 20, arbitrary: asked.map((one) => [one]) },
      { weight: 2, arbitrary: mergeAndUndo },
      { weight: 1, arbitrary: erasure.map((one) => [one]) },
    ),
    { minLength: 1, maxLength: 12, size: 'max' },
  )
  .map((parts): (Asked | AskedErasure)[] => parts.flat());

/** The text in each place that takes one, with everything around it in order. */
export function askedEverywhere(text: string): (Asked | AskedErasure)[] {
  const entries = (names: readonly string[]) => names.map((name) => [{ name, value: text }]);
  const inputs = [
    { id: text },
    ...['mobile', 'email', 'externalId', 'firstname', 'lastname', 'registeredOn', 'registeredTill', 'associatedWith']
      .concat(['type', 'fraudStatus', 'expectedVersion', 'expectedPlanHash', 'idempotencyKey', 'invalidFields', text])
      .map((field) => ({ id: '1', [field]: text })),
    ...entries(['nickname', 'age', 'isStudent', 'birthday', 'lastVisit', text]).map((customFields) => ({
      id: '1',
      customFields,
    })),
    ...entries(['Gender', 'city', text]).map((extendedFields) => ({ id: '1', extendedFields })),
    { id: '1', subscriptions: [{ channel: text, priority: text, status: text }] },
  ];
  const inHeader = Buffer.from(text.slice(0, 1000))
    .toString('latin1')
    .replace(/[^\t\x20-\x7e\x80-\xff]/g, '');
  const ask = (query: string, variables: object, given = {}, by: Asked['credentials'] = null): Asked =>
    inJson(query, variables, { 'content-type': 'application/json', ...given }, by);
  const basic = (credentials: string) => `Basic ${Buffer.from(credentials).toString('base64')}`;
  return [
    ...inputs.map((one) => ask(documents.updateCustomer, { input: one })),
    ...['id', 'mobile', 'email', 'externalId'].map((field) => ask(customerQuery, { [field]: text })),
    ...['first', 'after'].map((argument) => ask(customerQuery, { id: '1', [argument]: text })),
    ask(documents.merge, { id: text }),
    ask(documents.undoCustomerMerge, { mergeId: text }),
    ...['user-context-entity-id', 'x-cap-request-id', 'x-cap-read-after'].map((name) =>
      ask(documents.updateCustomer, { input: { id: '1' } }, { [name]: inHeader }),
    ),
    ask(documents.merge, { id: 'a' }, {}, basic(`${text}:${text}`)),
    ...tokensWith(text).map((token) =>
      ask(documents.updateCustomer, { input: { id: '1', firstname: 'T' } }, {}, token),
    ),
    { kind: 'erase', organization: asArgument(text), customer: '1' },
    { kind: 'erase', organization: null, customer: asArgument(text) },
    ...['id', 'mobile', 'external_id', 'lastname', 'registered_on', 'registered_till', 'type', text].flatMap(
      (key): Asked[] => {
        const customer = { id: '1', [key]: text };
        const legacy = { credentials: null, headers: {} };
        const xml = element('root', { customer }, escapeXml);
        return [
          {
            kind: 'json',
            url: '/v1.1/customer/update?format=json',
            ...legacy,
            payload: JSON.stringify({ root: { customer } }),
          },
          { kind: 'xml', url: '/v1.1/customer/update?format=xml', ...legacy, payload: xml },
        ];
      },
    ),
  ];
}
