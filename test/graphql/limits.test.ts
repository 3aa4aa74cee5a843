import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { basic, startProbeServer, type Answer, type ProbeServer } from '../http/probe-server.js';
import { withProcessorTime } from '../support/processor-time.js';

let server: ProbeServer;
beforeAll(async () => {
  server = await startProbeServer();
});
afterAll(() => server.close());

/** `levels` of fields below one another. */
function deep(levels: number, inner = 'name'): string {
  return `node { ${'self { '.repeat(levels - 2)}${inner}${' }'.repeat(levels - 1)}`;
}

function repeat(times: number, part: (index: number) => string): string {
  return Array.from({ length: times }, (_, index) => part(index)).join(' ');
}

function expectRefused(answer: Answer, ...messages: string[]): void {
  expect(answer.status).toBe(400);
  expect(answer.body.data).toBeUndefined();
  expect(answer.body.errors?.map(({ message }) => message)).toEqual(messages);
  for (const { extensions } of answer.body.errors ?? [])
    expect(extensions).toEqual({ code: 'GRAPHQL_VALIDATION_FAILED' });
}

function expectAnswered(answer: Answer): void {
  expect(answer.body.errors).toBeUndefined();
  expect(answer.status).toBe(200);
}

describe('depth', () => {
  const tooDeep = 'The document is 17 levels deep; at most 16 (MAX_DEPTH)';

  test('16 levels are answered, 17 refused', async () => {
    expectAnswered(await server.query(`{ ${deep(16)} }`));
    expectRefused(await server.query(`{ ${deep(17)} }`), tooDeep);
  });

  test('counts on within fragments', async () => {
    const fragment = (levels: number) =>
      `fragment F on ProbeNode { ${'self { '.repeat(levels - 1)}name${' }'.repeat(levels)}`;
    expectAnswered(await server.query(`{ ${deep(11, '...F')} } ${fragment(6)}`));
    expectRefused(await server.query(`{ ${deep(11, '...F')} } ${fragment(7)}`), tooDeep);
  });

  test('does not count inline fragments as levels', async () => {
    expectAnswered(await server.query(`{ ${deep(16, '... on ProbeNode { ... { name } }')} }`));
  });

  test('is that of the deepest operation', async () => {
    expectRefused(await server.query(`query A { hello } query B { ${deep(17)} }`), tooDeep);
  });
});

describe('aliases', () => {
  const tooMany = 'The document has 16 aliases; at most 15 (MAX_ALIASES)';

  test('15 are answered, 16 refused', async () => {
    expectAnswered(await server.query(`{ node { ${repeat(15, (index) => `a${index}: name`)} } }`));
    expectRefused(await server.query(`{ node { ${repeat(16, (index) => `a${index}: name`)} } }`), tooMany);
  });

  test('count anew with each use of a fragment', async () => {
    const fragment = 'fragment F on ProbeNode { a: name b: name c: name }';
    const used = (times: number) =>
      `{ ${repeat(times, (index) => (index === 0 ? 'node { ...F }' : 'node { ...F }'))} }`;
    expectAnswered(await server.query(`${used(5)} ${fragment}`));
    expectRefused(
      await server.query(`${used(6)} ${fragment}`),
      'The document has 18 aliases; at most 15 (MAX_ALIASES)',
    );
  });

  test('are summed over operations', async () => {
    const eight = repeat(8, (index) => `a${index}: name`);
    expectRefused(await server.query(`query A { node { ${eight} } } query B { node { ${eight} } }`), tooMany);
  });
});

describe('root fields', () => {
  test('10 are answered, 11 refused', async () => {
    expectAnswered(await server.query(`{ ${repeat(10, () => 'hello')} }`));
    expectRefused(
      await server.query(`{ ${repeat(11, () => 'hello')} }`),
      'The document has 11 root fields; at most 10 (MAX_ROOT_FIELDS)',
    );
  });

  test('count within fragments, each use of them, and introspection too', async () => {
    const fragment = 'fragment F on Query { hello ... { __typename } }';
    expectAnswered(await server.query(`{ ${repeat(5, () => '...F')} } ${fragment}`));
    expectRefused(
      await server.query(`{ ${repeat(5, () => '...F')} hello } ${fragment}`),
      'The document has 11 root fields; at most 10 (MAX_ROOT_FIELDS)',
    );
  });
});

describe('directives', () => {
  test('50 are answered, 51 refused', async () => {
    const included = (times: number) => `{ node { ${repeat(times, () => 'name @include(if: true)')} } }`;
    expectAnswered(await server.query(included(50)));
    expectRefused(await server.query(included(51)), 'The document has 51 directives; at most 50 (MAX_DIRECTIVES)');
  });

  test('count on spreads and inline fragments, and anew with each use of a fragment', async () => {
    const fragment = 'fragment F on ProbeNode { name @skip(if: false) ... @include(if: true) { name } }';
    const used = (times: number) => `{ node { ${repeat(times, () => '...F @include(if: true)')} } } ${fragment}`;
    expectAnswered(await server.query(used(16)));
    expectRefused(await server.query(used(17)), 'The document has 51 directives; at most 50 (MAX_DIRECTIVES)');
  });
});

describe('tokens', () => {
  // Fifteen tokens, five for each tag, and as many names as are then missing.
  function tokens(count: number): string {
    const tags = Math.floor((count - 15) / 5) - 1;
    const names = count - 15 - 5 * tags;
    return `{ echo(input: { tags: [${'{ name: "a" } '.repeat(tags)}] }) { ${'at '.repeat(names)} } }`;
  }

  test('2,000 are answered, 2,001 refused', async () => {
    expectAnswered(await server.query(tokens(2000)));
    const refused = await server.query(tokens(2001));
    expect(refused.status).toBe(400);
    expect(refused.body.errors).toMatchObject([
      {
        message: 'The document has too many tokens; at most 2000 (MAX_TOKENS)',
        extensions: { code: 'GRAPHQL_PARSE_FAILED' },
      },
    ]);
  });

  test('comments have the same limit, for themselves', async () => {
    const comments = (count: number) => `${'#\n'.repeat(count)} { hello }`;
    expectAnswered(await server.query(comments(2000)));
    expect((await server.query(comments(2001))).body.errors).toMatchObject([
      { message: 'The document has too many comments; at most 2000 (MAX_TOKENS)' },
    ]);
  });
});

describe('introspection', () => {
  const nested = '{ __type(name: "Query") { fields { type { fields { name } } } } }';
  const tooDeep =
    '{ __schema { types { ...F } } } fragment F on __Type { fields { type { interfaces { fields { name } } } } }';

  test('leads from types to their fields twice, and not three times', async () => {
    expectAnswered(await server.query(nested));
    expectRefused(
      await server.query(tooDeep),
      'The document has lists of introspection 3 deep within one another; at most 2 (MAX_INTROSPECTION_DEPTH)',
      'Maximum introspection depth exceeded',
    );
  });
});

describe('cost', () => {
  const fan = (levels: number) =>
    repeat(levels, (index) =>
      index === levels - 1
        ? `fragment F${index} on ProbeNode { name }`
        : `fragment F${index} on ProbeNode { ...F${index + 1} ... { ...F${index + 1} } }`,
    );

  test('counts a field each time that a fragment brings it', async () => {
    // node, and 2^18 or 2^19 times its name.
    expectAnswered(await server.query(`{ node { ...F0 } } ${fan(19)}`));
    expectRefused(
      await server.query(`{ node { ...F0 } } ${fan(20)}`),
      'The operation may cost 524289; at most 500000 (MAX_COST): ask for fewer entries or fields',
    );
  });

  test('beyond counting is refused at once', async () => {
    expectRefused(
      await server.query(`{ node { ...F0 } } ${fan(100)}`),
      'The operation may cost more than anybody can count; at most 500000 (MAX_COST): ask for fewer entries or fields',
    );
  });
});

describe('all limits', () => {
  test('let the standard introspection query pass, with every option', async () => {
    const options = {
      descriptions: true,
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      schemaDescription: true,
      inputValueDeprecation: true,
      oneOf: true,
    };
    expectAnswered(await server.query(getIntrospectionQuery(options)));
  });

  test('count introspection like anything else', async () => {
    const ofType = (levels: number) => `${'ofType { '.repeat(levels)}name${' }'.repeat(levels)}`;
    expectAnswered(await server.query(`{ __schema { types { ${ofType(13)} } } }`));
    expectRefused(
      await server.query(`{ __schema { types { ${ofType(14)} } } }`),
      'The document is 17 levels deep; at most 16 (MAX_DEPTH)',
    );
  });

  test('can be set', async () => {
    const strict = await startProbeServer({
      MAX_DEPTH: '2',
      MAX_ALIASES: '1',
      MAX_ROOT_FIELDS: '2',
      MAX_DIRECTIVES: '1',
      MAX_TOKENS: '40',
      MAX_COST: '3',
      MAX_INTROSPECTION_DEPTH: '0',
    });
    try {
      expectAnswered(await strict.query('{ a: node { name @include(if: true) } hello }'));
      expectRefused(
        await strict.query('{ a: node { b: self { name @include(if: true) @skip(if: false) } } hello again: hello }'),
        'The document is 3 levels deep; at most 2 (MAX_DEPTH)',
        'The document has 3 aliases; at most 1 (MAX_ALIASES)',
        'The document has 3 root fields; at most 2 (MAX_ROOT_FIELDS)',
        'The document has 2 directives; at most 1 (MAX_DIRECTIVES)',
      );
      expectRefused(
        await strict.query('{ hello node { name __typename } }'),
        'The operation may cost 4; at most 3 (MAX_COST): ask for fewer entries or fields',
      );
      expectRefused(
        await strict.query('{ __type(name: "Query") { fields { __typename } } }'),
        'The document is 3 levels deep; at most 2 (MAX_DEPTH)',
        'The document has lists of introspection 1 deep within one another; at most 0 (MAX_INTROSPECTION_DEPTH)',
      );
      expect((await strict.query(`{ ${repeat(39, () => 'hello')} }`)).body.errors).toMatchObject([
        { message: 'The document has too many tokens; at most 40 (MAX_TOKENS)' },
      ]);
    } finally {
      await strict.close();
    }
  });
});

describe('documents made to keep the server busy', () => {
  test('fragments that double with each level are measured at once', async () => {
    const levels = 60;
    const fragments = repeat(levels, (index) =>
      index === levels - 1
        ? `fragment F${index} on ProbeNode { a: name }`
        : `fragment F${index} on ProbeNode { ...F${index + 1} ... { ...F${index + 1} } }`,
    );
    // Counted use by use it would take longer than the universe is old.
    expectRefused(
      await server.query(`{ node { ...F0 } } ${fragments}`),
      'The document has a million or more aliases; at most 15 (MAX_ALIASES)',
    );
  });

  test('the same field a thousand times over is refused before it takes long to compare', async () => {
    expectRefused(await server.query(`{ node { ${'name '.repeat(1990)} } }`), 'The document repeats too many fields');
  });

  test('fragments that double below __schema are refused at once', async () => {
    const fragments = repeat(60, (index) =>
      index === 59
        ? `fragment F${index} on __Type { name }`
        : `fragment F${index} on __Type { ofType { ...F${index + 1} } ... { ofType { ...F${index + 1} } } }`,
    );
    expectRefused(
      await server.query(`{ __schema { types { ...F0 } } } ${fragments}`),
      'The document is 62 levels deep; at most 16 (MAX_DEPTH)',
    );
  });

  test('a name of a megabyte is not repeated', async () => {
    const answer = await server.query(`{ ${'a'.repeat(900_000)} }`);
    expectRefused(answer, `Cannot query field "${'a'.repeat(480)}…`);
  });

  test('an input with eighty thousand keys is refused before they are printed', async () => {
    const input = Object.fromEntries(Array.from({ length: 80_000 }, (_, index) => [`k${index}`, 1]));
    const { result: answer, milliseconds } = await withProcessorTime(() =>
      server.query('query ($input: ProbeInput!) { echo(input: $input) { at } }', { input }),
    );
    // graphql-js would put all of them into each of fifty messages, which takes it four seconds and more.
    expect(milliseconds).toBeLessThan(2000);
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toHaveLength(50);
    expect(answer.body.errors?.[0]).toMatchObject({
      message: 'Variable "$input": has "k0", which ProbeInput does not define',
      extensions: { code: 'BAD_USER_INPUT' },
    });
  });

  test('variables a hundred thousand levels deep are refused as what they are', async () => {
    const deep = `${'['.repeat(400_000)}${']'.repeat(400_000)}`;
    const body = `{"query":"query ($input: ProbeInput!) { echo(input: $input) { at } }","variables":{"input":{"text":${deep}}}}`;
    const headers = { 'content-type': 'application/json', authorization: basic('merger') };
    const answer = await server.send('/graphql', { method: 'POST', headers, body });
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toMatchObject([{ message: 'Variable "$input" at "input.text": expected a string' }]);
  });

  test('a cycle of fragments is refused as one', async () => {
    const answer = await server.query(
      '{ node { ...A } } fragment A on ProbeNode { self { ...B } } fragment B on ProbeNode { self { ...A } }',
    );
    expectRefused(answer, 'Cannot spread fragment "A" within itself via "B".');
  });

  test('a cycle of fragments is refused as one where there are hundreds of them, spread in more ways than the stack is deep', async () => {
    const chain = repeat(200, (index) => `fragment F${index} on ProbeNode { ...F${index + 1} }`);
    const last = `fragment F200 on ProbeNode { ${repeat(100, (index) => `...F${index}`)} }`;
    const answer = await server.query(`{ node { ...F0 } } ${chain} ${last}`, {}, { authorization: '' });
    expectRefused(
      answer,
      expect.stringMatching(/^Cannot spread fragment "F0" within itself via "F1", "F2", /) as string,
    );
  });

  test('fragments that lead to the same one by several ways are no cycle', async () => {
    const answer = await server.query(
      '{ node { ...A ...B } } fragment A on ProbeNode { ...C self { ...B } } fragment B on ProbeNode { ...C } fragment C on ProbeNode { name }',
    );
    expectAnswered(answer);
  });

  test('a fragment that does not exist is refused as that', async () => {
    expectRefused(await server.query('{ node { ...A } }'), 'Unknown fragment "A".');
  });
});

describe('lines', () => {
  const tooMany = 'The document has too many lines; at most 20000, 10 times as many as tokens (MAX_TOKENS)';

  test.each(['\n', '\r', '\r\n'])('20,000 that end in %j are answered, more refused', async (end) => {
    expectAnswered(await server.query(`${end.repeat(19_999)}{ hello }`));
    expectRefused(await server.query(`${end.repeat(20_000)}{ hello }`), tooMany);
  });

  test('too many are told before each of many errors has its own looked up', async () => {
    const document = `${'\n'.repeat(400_000)}{ ${repeat(110, (index) => `unknown${index}`)} }`;
    expectRefused(await server.query(document, {}, { authorization: '' }), tooMany);
  });
});

test('a subscription is refused before anything is executed', async () => {
  expectRefused(await server.query('subscription { hello }'), 'There are no subscriptions here');
});
