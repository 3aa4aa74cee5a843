import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startProbeServer, type ProbeServer } from '../http/probe-server.js';

let server: ProbeServer;
beforeAll(async () => {
  server = await startProbeServer();
});
afterAll(() => server.close());

const byVariable = 'query ($input: ProbeInput!) { echo(input: $input) { at amount } }';

describe('DateTime', () => {
  test.each(['2016-09-11T11:11:11Z', '2016-09-11t11:11:11.5+05:30', '2016-09-11 11:11:11', '2024-02-29 23:59:59'])(
    'takes %s as it is given, as a variable and as a literal',
    async (at) => {
      expect((await server.query(byVariable, { input: { at } })).body).toMatchObject({ data: { echo: { at } } });
      expect((await server.query(`{ echo(input: { at: "${at}" }) { at } }`)).body).toEqual({ data: { echo: { at } } });
    },
  );

  test.each(['2023-02-29T00:00:00Z', '2016-09-11', '2016-09-11 24:00:00', '1473592271', ' 2016-09-11T11:11:11Z', ''])(
    'refuses %j',
    async (at) => {
      for (const answer of [
        await server.query(byVariable, { input: { at } }),
        await server.query(`{ echo(input: { at: "${at}" }) { at } }`),
      ]) {
        expect(answer.status).toBe(400);
        expect(answer.body.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
      }
    },
  );

  test.each(['1473592271', '["2016-09-11T11:11:11Z"]', '{ a: 1 }', 'true', 'NOW'])(
    'refuses the literal %s',
    async (literal) => {
      const answer = await server.query(`{ echo(input: { at: ${literal} }) { at } }`);
      expect(answer.status).toBe(400);
      expect(answer.body.data).toBeUndefined();
    },
  );

  test('null and nothing are not refused', async () => {
    expect((await server.query(byVariable, { input: { at: null } })).body).toEqual({
      data: { echo: { at: null, amount: null } },
    });
    expect((await server.query(byVariable, { input: {} })).body).toEqual({
      data: { echo: { at: null, amount: null } },
    });
  });

  test.each([
    ['1473592271000', '2016-09-11T11:11:11Z'],
    ['1473592271500', '2016-09-11T11:11:11.500Z'],
    ['-1', '1969-12-31T23:59:59.999Z'],
  ])('answers %s as %s', async (ms, instant) => {
    expect((await server.query(`{ instant(ms: "${ms}") }`)).body).toEqual({ data: { instant } });
  });

  test('answers nothing that is no instant', async () => {
    const answer = await server.query('{ instant(ms: "never") }');
    expect(answer.body.errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
  });
});

describe('Decimal', () => {
  test.each([
    ['2280', '2280'],
    ['0.500', '0.5'],
    ['-40.11', '-40.11'],
    ['-0', '0'],
    ['999999999999.999', '999999999999.999'],
  ])('takes %s exactly, and answers %s', async (amount, canonical) => {
    const data = { echo: { amount: canonical } };
    expect((await server.query(byVariable, { input: { amount } })).body).toMatchObject({ data });
    expect((await server.query(`{ echo(input: { amount: "${amount}" }) { amount } }`)).body).toEqual({ data });
  });

  test.each(['0.0001', '1e3', '1,5', '1000000000000', '', 'NaN'])('refuses %j', async (amount) => {
    const answer = await server.query(byVariable, { input: { amount } });
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  test('refuses a number: it may have been a float on the way', async () => {
    expect((await server.query(byVariable, { input: { amount: 1 } })).status).toBe(400);
    expect((await server.query('{ echo(input: { amount: 1 }) { amount } }')).status).toBe(400);
  });
});
