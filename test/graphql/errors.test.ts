import { GraphQLError } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addRequestId, presentError } from '../../src/graphql/errors.js';
import { startProbeServer, type Answer, type ProbeServer } from '../http/probe-server.js';

// Stands for a person's data. No answer and no line of the log may hold it, or a part of it.
const PERSON = 'Zarathustra.Quux@example.com';
const PARTS = /Zarathustra|Quux|example\.com/;

const MASKED = 'Something went wrong on our side; it is logged under the request id';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

let server: ProbeServer;
beforeAll(async () => {
  server = await startProbeServer();
});
afterAll(() => server.close());

function messages(answer: Answer): string[] {
  expect(answer.text).not.toMatch(PARTS);
  expect(JSON.stringify(server.logged())).not.toMatch(PARTS);
  expect(answer.text).not.toContain('stack');
  return (answer.body.errors ?? []).map(({ message }) => message);
}

describe('a variable that does not fit its type', () => {
  const document = 'query ($input: ProbeInput!) { echo(input: $input) { at } }';
  const wrong = (input: unknown) => server.query(document, { input });

  test.each([
    [{ at: PERSON }, 'at "input.at": expected an instant such as 2016-09-11T11:11:11Z or 2016-09-11 11:11:11'],
    [{ at: '2023-02-30' }, 'at "input.at": expected an instant such as 2016-09-11T11:11:11Z or 2016-09-11 11:11:11'],
    [{ at: 5 }, 'at "input.at": expected an instant such as 2016-09-11T11:11:11Z or 2016-09-11 11:11:11'],
    [
      { amount: PERSON },
      'at "input.amount": expected a decimal as a string, with at most three places, such as "-40.11"',
    ],
    [{ amount: 1.5 }, 'at "input.amount": expected a decimal as a string, with at most three places, such as "-40.11"'],
    [{ text: { name: PERSON } }, 'at "input.text": expected a string'],
    [{ count: PERSON }, 'at "input.count": expected a whole number from -2147483648 to 2147483647'],
    [{ count: 2 ** 31 }, 'at "input.count": expected a whole number from -2147483648 to 2147483647'],
    [{ flag: PERSON }, 'at "input.flag": expected true or false'],
    [{ id: [PERSON] }, 'at "input.id": expected a string or a whole number'],
    [{ kind: PERSON }, 'at "input.kind": expected one of SMALL, LARGE'],
    [{ tags: [{ name: 'a' }, { name: null }] }, 'at "input.tags[1].name": must not be null, expected a string'],
    [{ tags: [{ name: 'a' }, PERSON] }, 'at "input.tags[1]": expected an object of type ProbeTag'],
    [{ tags: PERSON }, 'at "input.tags": expected an object of type ProbeTag'],
    [{ tags: [{}] }, 'at "input.tags[0]": field "name" is required, of type String!'],
    [{ nope: PERSON }, ': has "nope", which ProbeInput does not define'],
    [{ [PERSON]: 1 }, ': has a field, which ProbeInput does not define'],
    [{ ['n'.repeat(64)]: 1 }, `: has "${'n'.repeat(64)}", which ProbeInput does not define`],
    [{ ['n'.repeat(65)]: 1 }, ': has a field, which ProbeInput does not define'],
    // Keys that read like graphql-js's own words.
    [{ [`a" of required type "${PERSON}`]: 1 }, ': has a field, which ProbeInput does not define'],
    [{ [`text" of required type "${PERSON}`]: 1 }, ': has a field, which ProbeInput does not define'],
    [{ [`a" is not defined by type "${PERSON}`]: 1 }, ': has a field, which ProbeInput does not define'],
    [PERSON, ': expected an object of type ProbeInput'],
    [[], ': expected an object of type ProbeInput'],
    [null, ': must not be null, expected an object of type ProbeInput'],
  ])('%o is named by its place, without its value', async (input, message) => {
    const answer = await wrong(input);
    expect(answer.status).toBe(400);
    expect(messages(answer)).toEqual([`Variable "$input"${message.startsWith(':') ? '' : ' '}${message}`]);
    expect(answer.body.errors).toMatchObject([{ locations: [{ line: 1, column: 8 }] }]);
    expect(answer.body.errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT' });
    expect(answer.body.data).toBeUndefined();
  });

  test('that is not there at all is named', async () => {
    const answer = await server.query(document, {});
    expect(messages(answer)).toEqual(['Variable "$input" is required, of type ProbeInput!']);
    expect(answer.status).toBe(400);
  });

  test('is one of several faults, all of which are named', async () => {
    const answer = await server.query(
      'query ($a: Int!, $b: [ProbeInput!]!, $c: Int = 1) { page(first: $a) echoAll(inputs: $b) second: page(first: $c) }',
      {
        a: PERSON,
        b: [{}, { at: PERSON, text: 1, tags: [{ name: 1, nope: PERSON }] }],
        c: PERSON,
      },
    );
    expect(messages(answer)).toEqual([
      'Variable "$a": expected a whole number from -2147483648 to 2147483647',
      'Variable "$b" at "b[1].text": expected a string',
      'Variable "$b" at "b[1].at": expected an instant such as 2016-09-11T11:11:11Z or 2016-09-11 11:11:11',
      'Variable "$b" at "b[1].tags[0].name": expected a string',
      'Variable "$b" at "b[1].tags[0]": has "nope", which ProbeTag does not define',
      'Variable "$c": expected a whole number from -2147483648 to 2147483647',
    ]);
  });

  test('is named up to 50 times in all', async () => {
    const two = 'query ($a: [ProbeInput!]!, $b: [ProbeInput!]!) { echoAll(inputs: $a) second: echoAll(inputs: $b) }';
    const faults = (count: number) => Array.from({ length: count }, () => ({ at: PERSON }));
    expect(messages(await server.query(two, { a: faults(49), b: faults(2) }))).toHaveLength(50);
    expect(messages(await server.query(two, { a: faults(50), b: faults(2) }))).toHaveLength(50);
  });

  test.each([
    [49, 49],
    [50, 50],
    [51, 50],
    [5000, 50],
  ])('is named with %i faults %i times', async (count, named) => {
    const inputs = Array.from({ length: count }, () => ({ at: PERSON }));
    const answer = await server.query('query ($inputs: [ProbeInput!]!) { echoAll(inputs: $inputs) }', { inputs });
    expect(messages(answer)).toHaveLength(named);
    const codes = answer.body.errors?.map(({ extensions }) => extensions['code']);
    expect(new Set(codes)).toEqual(new Set(['BAD_USER_INPUT']));
  });
});

describe('a literal that does not fit its type', () => {
  const echo = (input: string) => server.query(`{ echo(input: ${input}) { at } }`);

  test.each([
    [`{ text: 5 }`, 'at "input.text": expected a string'],
    [`{ text: { name: "${PERSON}" } }`, 'at "input.text": expected a string'],
    [`{ text: ["${PERSON}"] }`, 'at "input.text": expected a string'],
    [`{ count: "${PERSON}" }`, 'at "input.count": expected a whole number from -2147483648 to 2147483647'],
    [`{ kind: Zarathustra }`, 'at "input.kind": expected one of SMALL, LARGE'],
    [`{ kind: "${PERSON}" }`, 'at "input.kind": expected one of SMALL, LARGE'],
    [`{ tags: [{ name: "a" }, { name: null }] }`, 'at "input.tags[1].name": must not be null, expected a string'],
    [`{ tags: [{ name: "a" }, "${PERSON}"] }`, 'at "input.tags[1]": expected an object of type ProbeTag'],
    [`"${PERSON}"`, ': expected an object of type ProbeInput'],
    [`"""${PERSON}"""`, ': expected an object of type ProbeInput'],
    [`null`, ': must not be null, expected an object of type ProbeInput'],
  ])('%s is named by its place, without its value', async (input, message) => {
    const answer = await echo(input);
    expect(answer.status).toBe(400);
    expect(messages(answer)).toEqual([`Argument "input"${message.startsWith(':') ? '' : ' '}${message}`]);
    expect(answer.body.errors?.[0]?.extensions).toEqual({ code: 'GRAPHQL_VALIDATION_FAILED' });
    expect(answer.body.errors?.[0]?.locations).toHaveLength(1);
  });

  test.each([`{ tags: [{}], text: "${PERSON}" }`, `{ tags: { nope: "${PERSON}" } }`])(
    '%s, with a field too few or too many, keeps what the schema says',
    async (input) => {
      const [first = ''] = messages(await echo(input));
      expect(first).toBe('Field "ProbeTag.name" of required type "String!" was not provided.');
    },
  );

  test.each(['2023-02-30', '2023-02-30 11:11:11', PERSON, ''])(
    'an instant that can be none (%s) is BAD_USER_INPUT',
    async (text) => {
      const answer = await echo(`{ at: "${text}" }`);
      expect(messages(answer)).toEqual([
        'Argument "input" at "input.at": expected an instant such as 2016-09-11T11:11:11Z or 2016-09-11 11:11:11',
      ]);
      expect(answer.status).toBe(400);
      expect(answer.body.errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT' });
      if (text !== '') expect(answer.text).not.toContain(text);
    },
  );

  test('is named in the default of a variable and in a directive too', async () => {
    const inDefault = await server.query(`query ($n: Int = "${PERSON}") { page(first: $n) }`);
    expect(messages(inDefault)).toEqual([
      'The default of "$n": expected a whole number from -2147483648 to 2147483647',
    ]);
    const inDirective = await server.query(`{ hello @include(if: "${PERSON}") }`);
    expect(messages(inDirective)).toEqual(['Argument "if": expected true or false']);
  });

  test('that shows only while it is executed is the caller’s too', async () => {
    const text = `{ text: "${PERSON}", tags: [{ name: $name }] }`;
    const answer = await server.query(`query ($name: String = "a") { echo(input: ${text}) { at } }`, { name: null });
    expect(messages(answer)).toEqual(['Argument "input" has an invalid value']);
    expect(answer.body.errors).toMatchObject([{ path: ['echo'], extensions: { code: 'BAD_USER_INPUT' } }]);
    const nothing = await server.query('query ($n: Int = 5) { page(first: $n) }', { n: null });
    expect(nothing.body.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    const skipped = await server.query('query ($b: Boolean = true) { hello @skip(if: $b) }', { b: null });
    expect(skipped.body.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });
});

describe('a document that cannot be parsed', () => {
  test.each([
    [`{ hello "${PERSON}" }`, 'Syntax Error: Expected Name, found String.'],
    [`{ hello """${PERSON} " \\""" }""" }`, 'Syntax Error: Expected Name, found BlockString.'],
    [`{ echo(input: { text: "a" "${PERSON}\\" }" }) }`, 'Syntax Error: Expected Name, found String.'],
    ['{ hello "more than 5 tokens" }', 'Syntax Error: Expected Name, found String.'],
    ['{ customer(447700900111) }', 'Syntax Error: Expected Name, found Int.'],
    ['{ customer(44.5) }', 'Syntax Error: Expected Name, found Float.'],
    ['Zarathustra', 'Syntax Error: Unexpected Name.'],
    ['{ echo(input: { text: Zarathustra Quux }) }', 'Syntax Error: Expected ":", found "}".'],
    ['query ($a: Int = $Zarathustra) { hello }', 'Syntax Error: Unexpected variable in constant value.'],
    [`{ echo(input: { text: "\\u{Zarathustra" }) }`, 'Syntax Error: Invalid Unicode escape sequence.'],
    [`{ echo(input: { text: "\\Quux" }) }`, 'Syntax Error: Invalid character escape sequence.'],
    [`{ echo(input: { text: "${PERSON}`, 'Syntax Error: Unterminated string.'],
    ['{ page(first: 0777) }', 'Syntax Error: Invalid number, unexpected digit after 0.'],
    ['{ hello', 'Syntax Error: Expected Name, found <EOF>.'],
  ])('%s is told by its place, without what stands there', async (query, message) => {
    const answer = await server.query(query);
    expect(answer.status).toBe(400);
    expect(messages(answer)).toEqual([message]);
    expect(answer.body.errors).toMatchObject([{ locations: [{ line: 1 }] }]);
    expect(answer.body.errors?.[0]?.extensions).toEqual({ code: 'GRAPHQL_PARSE_FAILED' });
  });
});

describe('a document that does not fit the schema', () => {
  test('is told with suggestions in development, without any in production', async () => {
    const production = await startProbeServer({ NODE_ENV: 'production' });
    try {
      for (const [query, message, suggestion] of [
        ['{ helo }', 'Cannot query field "helo" on type "Query".', ' Did you mean "hello"?'],
        [
          '{ node }',
          'Field "node" of type "ProbeNode!" must have a selection of subfields.',
          ' Did you mean "node { ... }"?',
        ],
        ['{ echo(inptu: {}) { at } }', 'Unknown argument "inptu" on field "Query.echo".', ' Did you mean "input"?'],
        [
          '{ echo(input: { txt: 1 }) { at } }',
          'Field "txt" is not defined by type "ProbeInput".',
          ' Did you mean "text" or "at"?',
        ],
      ] as const) {
        expect(messages(await server.query(query))[0]).toBe(message + suggestion);
        expect(messages(await production.query(query))[0]).toBe(message);
      }
      const variables = { input: { txt: 1, kind: 'SMAL' } };
      const answer = await production.query('query ($input: ProbeInput!) { echo(input: $input) { at } }', variables);
      expect(answer.text).not.toContain('Did you mean');
    } finally {
      await production.close();
    }
  });

  test('or names no operation, is told without the name', async () => {
    const body = JSON.stringify({ query: 'query A { hello } query B { hello }', operationName: PERSON });
    const answer = await server.send('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(answer.status).toBe(400);
    expect(messages(answer)).toEqual(['The document has no operation of that name']);
    expect(answer.body.errors?.[0]?.extensions).toEqual({ code: 'OPERATION_RESOLUTION_FAILURE' });
  });

  test('because it introspects, where that is off', async () => {
    const production = await startProbeServer({ NODE_ENV: 'production' });
    try {
      for (const query of ['{ __schema { queryType { name } } }', '{ __type(name: "Query") { name } }']) {
        const answer = await production.query(query);
        expect(answer.status).toBe(400);
        expect(messages(answer)).toEqual(['Introspection is off here (INTROSPECTION)']);
      }
      expect((await production.query('{ __typename }')).body).toEqual({ data: { __typename: 'Query' } });
    } finally {
      await production.close();
    }
  });
});

describe('an error of a resolver', () => {
  const failing = async (error: unknown) => {
    const before = server.logged().length;
    server.behaviour.failWith = error;
    const answer = await server.query('query ($text: String) { failing(text: $text) }', { text: PERSON });
    const logged = server
      .logged()
      .slice(before)
      .filter(({ msg }) => msg !== 'Answered');
    return { answer, logged };
  };

  test.each(['BAD_USER_INPUT', 'BATCH_TOO_LARGE', 'FORBIDDEN', 'BAD_REQUEST'])(
    'of code %s keeps its message',
    async (code) => {
      const extensions = { code, more: PERSON };
      const { answer, logged } = await failing(new GraphQLError('At most 100', { extensions }));
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({
        data: { failing: null },
        errors: [
          { message: 'At most 100', path: ['failing'], locations: [{ line: 1, column: 25 }], extensions: { code } },
        ],
      });
      expect(logged).toEqual([]);
    },
  );

  test.each([
    ['an Error', new Error(`no such row: "${PERSON}"`)],
    [
      'an Error with extensions',
      Object.assign(new Error(PERSON), { extensions: { code: 'SECRET_CODE', more: PERSON } }),
    ],
    ['a GraphQL error without a code', new GraphQLError(PERSON)],
    ['a GraphQL error of an unknown code', new GraphQLError(PERSON, { extensions: { code: 'SECRET_CODE' } })],
    ['no Error', PERSON],
    ['undefined', undefined],
  ])('that is %s is masked, with the request id, and logged once', async (_name, error) => {
    const { answer, logged } = await failing(error);
    messages(answer);
    const requestId = answer.headers.get('x-cap-request-id');
    expect(requestId).toMatch(UUID);
    expect(answer.status).toBe(200);
    expect(answer.body.data).toEqual({ failing: null });
    expect(answer.body.errors).toEqual([
      {
        message: MASKED,
        path: ['failing'],
        locations: [{ line: 1, column: 25 }],
        extensions: { code: 'INTERNAL_SERVER_ERROR', requestId },
      },
    ]);
    expect(logged).toMatchObject([{ level: 50, requestId, msg: 'A request failed' }]);
  });

  test('of code SERVICE_UNAVAILABLE is masked, with the request id, and logged as a warning with its cause', async () => {
    const originalError = Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY', parameters: [PERSON] });
    const extensions = { code: 'SERVICE_UNAVAILABLE' };
    const { answer, logged } = await failing(new GraphQLError(PERSON, { originalError, extensions }));
    const requestId = answer.headers.get('x-cap-request-id');
    expect(messages(answer)).toEqual(['The service cannot do this just now; try again in a moment']);
    expect(answer.body.errors?.[0]?.extensions).toEqual({ code: 'SERVICE_UNAVAILABLE', requestId });
    const error = { type: 'Error', code: 'SQLITE_BUSY', message: 'database is locked' };
    expect(logged).toMatchObject([{ level: 40, requestId, error }]);
  });

  test('is logged with where it was thrown and what was wrong, without what the request brought', async () => {
    server.behaviour.failWith = new TypeError(`${PERSON} is not "${PERSON}" of 447700900111, nor Zarathustra`);
    const before = server.logged().length;
    await server.query('query ($v: [Int]) { failing(text: "Zarathustra") }'.replace('($v: [Int])', ''), {
      a: { b: [PERSON, 447700900111] },
    });
    const [line] = server.logged().slice(before);
    expect(line?.['error']).toMatchObject({ type: 'TypeError', message: '… is not "…" of …, nor …' });
    expect((line?.['error'] as { frames: string[] }).frames[0]).toContain('errors.test.ts');
  });

  test('leaves the other fields of the answer', async () => {
    server.behaviour.failWith = new Error('x');
    const answer = await server.query('{ hello failing }');
    expect(answer.body.data).toEqual({ hello: 'hello', failing: null });
  });

  test('that is a value which the schema cannot answer is masked, and the value not logged', async () => {
    const before = server.logged().length;
    const answer = await server.query('{ odd }');
    expect(answer.body.errors).toMatchObject([{ message: MASKED, extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
    expect(JSON.stringify(server.logged().slice(before))).not.toContain('447700900111');
  });
});

test('an error before the operation, of who calls, is masked and logged', async () => {
  server.behaviour.findClientFails = Object.assign(new Error(`near "${PERSON}"`), { parameters: [PERSON] });
  try {
    const before = server.logged().length;
    const answer = await server.query('{ hello }', {}, { 'x-cap-request-id': 'mine' });
    expect(answer.status).toBe(500);
    expect(messages(answer)).toEqual([MASKED]);
    expect(answer.body.errors?.[0]?.extensions).toEqual({ code: 'INTERNAL_SERVER_ERROR', requestId: 'mine' });
    expect(server.logged().slice(before)).toMatchObject([{ level: 50, requestId: 'mine' }, { msg: 'Answered' }]);

    server.behaviour.findClientFails = new GraphQLError('x', { extensions: { code: 'SERVICE_UNAVAILABLE' } });
    const unavailable = await server.query('{ hello }');
    expect(unavailable.status).toBe(503);
    expect(unavailable.body.errors).toMatchObject([{ extensions: { code: 'SERVICE_UNAVAILABLE' } }]);
  } finally {
    server.behaviour.findClientFails = null;
  }
});

test('an error that Apollo Server answers outside of any operation is masked, and gets the request id', () => {
  const answered = JSON.stringify({ errors: [presentError({ message: PERSON }, new Error(PERSON))] });
  expect(JSON.parse(addRequestId(answered, 'mine'))).toEqual({
    errors: [{ message: MASKED, extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: 'mine' } }],
  });
});
