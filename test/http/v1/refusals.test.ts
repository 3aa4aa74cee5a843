import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { ClientRecord } from '../../../src/organization/caller.js';
import { hashSecret } from '../../../src/organization/secret.js';
import { withProcessorTime } from '../../support/processor-time.js';
import type { HttpAnswer, HttpRequest, Shop } from '../../support/shop.js';
import { useWorld } from '../../support/world.js';
import { basic, SECRET, startProbeServer, type ProbeServer } from '../probe-server.js';
import { JSON_TYPE, PATH, sendJson, sendXml, statusOf, XML_TYPE } from './legacy-client.js';

// What is wrong with a request itself is a real HTTP status, in the same envelope, and nothing of it is done.

const world = useWorld();
const { given } = world;

const UPDATE = '{"root":{"customer":[{"id":"1"}]}}';
const XML_UPDATE = '<root><customer><id>1</id></customer></root>';

/** Sends the request, and fails where anything was stored or the answer is no refusal in its envelope. */
async function refusal(shop: Shop, request: Partial<HttpRequest>): Promise<HttpAnswer> {
  const complete = { url: PATH, headers: JSON_TYPE, payload: UPDATE, ...request };
  const answer = await world.expectNothingChanged(() => shop.request(complete));
  expect(answer.headers['x-cap-request-id']).toMatch(/^[\w.-]+$/);
  expect(answer.headers['cache-control']).toBe('no-store');
  return answer;
}

const envelope = (code: number, message: string, total = '0') => ({
  response: { status: { success: 'false', code, message, total, success_count: '0' } },
});

describe('400', () => {
  test.each([
    ['nothing', ''],
    ['no JSON', '{"root":{"customer":[{"firstname":"Quux"'],
    ['XML', XML_UPDATE],
    ['another encoding', Buffer.from('{"root":{"customer":[{"firstname":"Quüx"}]}}', 'latin1')],
    ['UTF-16', Buffer.from(UPDATE, 'utf16le')],
    ['a list', '[]'],
    ['a text', '"Quux"'],
    ['null', 'null'],
    ['no root', '{"customer":[{"id":"1"}]}'],
    ['an empty root', '{"root":{}}'],
    ['a root that is a list', '{"root":[{"customer":[{"id":"1"}]}]}'],
    ['no customer', '{"root":{"customer":[]}}'],
    ['an empty customer', '{"root":{"customer":""}}'],
    ['null for a customer', '{"root":{"customer":null}}'],
    ['a text for a customer', '{"root":{"customer":"Quux"}}'],
  ])('for JSON that is %s, without an echo', async (_name, payload) => {
    const answer = await refusal(await given.organization(), { payload });
    expect(answer.status).toBe(400);
    expect(answer.text).not.toContain('Qu');
    expect(JSON.parse(answer.text)).toEqual(envelope(400, statusOf(answer).message));
  });

  test.each([
    ['nothing', ''],
    ['blank', ' \n'],
    ['JSON', UPDATE],
    ['not closed', '<root><customer><id>1</id></customer>'],
    ['closed in another order', '<root><customer><id>1</customer></id></root>'],
    ['two roots', `${XML_UPDATE}${XML_UPDATE}`],
    ['text behind the root', `${XML_UPDATE}Quux`],
    ['a bare ampersand', '<root><customer><firstname>Q & x</firstname></customer></root>'],
    ['an entity that nobody defined', '<root><customer><firstname>&Quux;</firstname></customer></root>'],
    ['a control character', '<root><customer><firstname>Qu\u0001</firstname></customer></root>'],
    ['a reference to one', '<root><customer><firstname>Qu&#1;</firstname></customer></root>'],
    ['a DOCTYPE', `<!DOCTYPE root>${XML_UPDATE}`],
    ['a DOCTYPE behind a comment', `<?xml version="1.0"?><!-- x --><!DOCTYPE root SYSTEM "Quux.dtd">${XML_UPDATE}`],
    ['an entity of its own', `<!DOCTYPE root [<!ENTITY q "1">]><root><customer><id>&q;</id></customer></root>`],
    [
      'an entity from outside',
      `<!DOCTYPE root [<!ENTITY q SYSTEM "file:///etc/hostname">]><root><customer><id>&q;</id></customer></root>`,
    ],
    [
      'a thousand laughs',
      `<!DOCTYPE root [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>${XML_UPDATE.replace('1', '&b;')}`,
    ],
    ['a lower-case doctype', `<!doctype root>${XML_UPDATE}`],
    ['too deep', XML_UPDATE.replace('</id>', `</id>${'<x>'.repeat(10_000)}${'</x>'.repeat(10_000)}`)],
    ['another root', '<customers><customer><id>1</id></customer></customers>'],
    ['no customer', '<root></root>'],
    ['an empty root', '<root/>'],
    ['a root of text', '<root>Quux</root>'],
    ['a customer of text', '<root><customer>Quux</customer></root>'],
  ])('for XML that is %s, without an echo', async (_name, payload) => {
    const answer = await refusal(await given.organization(), { headers: XML_TYPE, payload });
    expect(answer.status).toBe(400);
    expect(answer.text).not.toContain('Qu');
    expect(answer.headers['content-type']).toBe('application/xml; charset=utf-8');
    expect(answer.text).toMatch(
      /^<\?xml version="1.0" encoding="UTF-8"\?><response><status><success>false<\/success><code>400<\/code><message>[^<]+<\/message><total>0<\/total><success_count>0<\/success_count><\/status><\/response>$/,
    );
  });

  test('with 1060 for more than a hundred customers, whatever they are', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const customer = Array.from({ length: 101 }, (_, index) => (index === 0 ? { id, firstname: 'Ada' } : ''));
    const answer = await refusal(shop, { payload: JSON.stringify({ root: { customer } }) });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toEqual(
      envelope(1060, 'At most 100 customers can be updated at once, not 101', '101'),
    );
  });

  test('for a user context that the audit log could not keep', async () => {
    const shop = await given.organization();
    const headers = { ...JSON_TYPE, 'user-context-entity-id': 'x'.repeat(101) };
    expect((await refusal(shop, { headers })).status).toBe(400);
    const deep = `{"root":{"customer":{"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}}}`;
    expect((await refusal(shop, { headers, payload: deep })).status).toBe(400);
  });
});

describe('401', () => {
  test.each([
    ['no credentials', '', ''],
    ['an unknown client', basic('nobody'), ''],
    ['another scheme', 'Digest x', ''],
    ['a token that is none', 'Bearer x', ', error="invalid_token"'],
  ])('for %s, before anything else', async (_name, authorization, fault) => {
    const shop = await given.organization();
    for (const request of [
      {},
      { method: 'GET' as const },
      { method: 'PUT' as const },
      { method: 'OPTIONS' as const },
      { headers: { 'content-type': 'text/csv' } },
      { payload: '{' },
      { payload: 'x'.repeat(2 ** 20 + 1) },
    ]) {
      const answer = await refusal(shop, { ...request, headers: { ...JSON_TYPE, ...request.headers, authorization } });
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toBe(
        `Basic realm="customers", charset="UTF-8", Bearer realm="customers"${fault}`,
      );
      expect(statusOf(answer)).toMatchObject({ success: 'false', code: 401 });
    }
  });
});

describe('403', () => {
  test.each(['report', 'nobody'] as const)('for a client of the group “%s”', async (client) => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const payload = JSON.stringify({ root: { customer: { id, firstname: 'Ada' } } });
    const answer = await refusal(shop.as(client), { payload });
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.text)).toEqual(envelope(403, 'This client may not change customers'));
  });
});

describe('405', () => {
  test.each(['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'DELETE'] as const)(
    'for %s, before what is wrong with its body',
    async (method) => {
      const payload = method === 'GET' || method === 'HEAD' ? '' : 'x'.repeat(2 ** 20 + 1);
      const answer = await refusal(await given.organization(), {
        method,
        headers: { 'content-type': 'text/csv' },
        payload,
      });
      expect(answer.status).toBe(405);
      expect(answer.headers['allow']).toBe('POST');
      if (method !== 'HEAD') expect(JSON.parse(answer.text)).toEqual(envelope(405, 'This path takes POST only'));
    },
  );
});

describe('a preflight', () => {
  const preflight = { 'access-control-request-method': 'POST', origin: 'https://studio.apollographql.com' };
  const asked = { method: 'OPTIONS' as const, payload: '', headers: { ...preflight, authorization: '' } };

  test('asks for no credentials, which browsers do not send with it', async () => {
    const { status, headers } = await (await given.organization()).request({ url: PATH, ...asked });
    expect(status).toBe(204);
    expect(headers['access-control-allow-origin']).toBe(preflight.origin);
    expect(headers['access-control-allow-methods']).toBe('GET, POST');
  });

  test('is another method where no other site may call', async () => {
    const closed = await startProbeServer({ CORS_ORIGINS: '', NODE_ENV: 'production' });
    expect((await closed.send(PATH, { method: 'OPTIONS', headers: preflight })).status).toBe(401);
    await closed.close();
  });
});

describe('415', () => {
  test.each<[string, Partial<HttpRequest>]>([
    ['text', { headers: { 'content-type': 'text/plain' } }],
    ['a form', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
    ['nonsense', { headers: { 'content-type': 'nonsense' } }],
    ['another format by name', { url: `${PATH}?format=csv` }],
    ['two formats', { url: `${PATH}?format=json&format=xml` }],
    ['another format that is too large', { headers: { 'content-type': 'text/csv' }, payload: 'x'.repeat(2 ** 20 + 1) }],
    [
      'a form that a browser sends from elsewhere',
      { url: `${PATH}?format=json`, headers: { 'content-type': 'text/plain', origin: 'https://evil.example.com' } },
    ],
    // What a page can make a browser send without being asked for: a body of no type.
    ['no type that a browser sends from elsewhere', { headers: { origin: 'https://evil.example.com' } }],
    ['no type from a page that has no origin', { headers: { origin: 'null' } }],
  ])('for %s', async (_name, request) => {
    const answer = await refusal(await given.organization(), request);
    expect(answer.status).toBe(415);
    expect(statusOf(answer)).toMatchObject({ success: 'false', code: 415, total: '0' });
  });
});

describe('404', () => {
  test('for a path below the endpoint', async () => {
    const shop = await given.organization();
    expect((await refusal(shop, { url: `${PATH}/x` })).status).toBe(404);
    expect(statusOf(await refusal(shop, { url: `${PATH}/x`, payload: '{' }))).toMatchObject({ code: 404 });
  });
});

describe('413', () => {
  test('for a body larger than is taken, before what is wrong with it', async () => {
    const shop = await given.organization();
    for (const headers of [JSON_TYPE, XML_TYPE]) {
      const answer = await refusal(shop, { headers, payload: 'x'.repeat(2 ** 20 + 1) });
      expect(answer.status).toBe(413);
      expect(answer.headers['content-type']).toMatch(
        headers === JSON_TYPE ? /^application\/json/ : /^application\/xml/,
      );
    }
    const exact = await shop.request({ url: PATH, headers: JSON_TYPE, payload: UPDATE.padEnd(2 ** 20) });
    expect(exact.status).toBe(200);
  });
});

describe('500 and 503', () => {
  test('for a fault of ours, which is masked, and stores nothing', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    await world.execute(
      `CREATE TRIGGER failing AFTER INSERT ON audit_event BEGIN SELECT RAISE(ABORT, 'a write fails'); END`,
    );
    try {
      const payload = JSON.stringify({ root: { customer: { id, firstname: 'Ada' } } });
      const answer = await refusal(shop, { payload });
      expect(answer.status).toBe(500);
      expect(answer.text).not.toContain('a write fails');
      expect(statusOf(answer)).toMatchObject({ success: 'false', code: 500, total: '0', success_count: '0' });
    } finally {
      await world.execute('DROP TRIGGER failing');
    }
  });

  test('while an import holds the one writer', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    let release: () => void = () => undefined;
    const held = world.whileWriterIsHeld(new Promise<void>((resolve) => (release = resolve)));
    try {
      const payload = `<root><customer><id>${id}</id><firstname>Ada</firstname></customer></root>`;
      const answer = await refusal(shop, { headers: XML_TYPE, payload });
      expect(answer.status).toBe(503);
      expect(answer.text).toContain('<status><success>false</success><code>503</code>');
    } finally {
      release();
      await held;
    }
  });
});

describe('a server', () => {
  let server: ProbeServer;
  beforeAll(async () => {
    server = await startProbeServer();
  });
  afterAll(() => server.close());

  test('that cannot look up who calls answers 503, and one whose lookup is broken a masked 500', async () => {
    const failures: [Error, number][] = [
      [Object.assign(new Error('Quux'), { code: 'SQLITE_BUSY' }), 503],
      [new Error('Quux'), 500],
    ];
    for (const [error, status] of failures) {
      server.behaviour.findClientFails = error;
      const answer = await server.send(PATH, {
        method: 'POST',
        headers: { ...JSON_TYPE, authorization: basic('merger') },
        body: UPDATE,
      });
      expect(answer.status).toBe(status);
      expect(answer.text).not.toContain('Quux');
      expect(answer.body).toMatchObject({ response: { status: { success: 'false', code: status } } });
    }
    server.behaviour.findClientFails = null;
  });

  test('keeps credentials and customers out of its log', async () => {
    const before = server.logged().length;
    for (const authorization of [basic('merger', 'Quux-Quux-Quux-Quux'), basic('merger')]) {
      const body = '{"root":{"customer":[{"mobile":"Quux","firstname":"organization"}]}}';
      await server.send(PATH, { method: 'POST', headers: { ...JSON_TYPE, authorization }, body });
    }
    const logged = JSON.stringify(server.logged().slice(before));
    expect(logged).not.toMatch(/Quux|bWVyZ2Vy/);
    expect(logged).toContain('The probe has no …');
  });

  test('refuses a method that only Node knows', async () => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    let received = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
    socket.write(`PURGE ${PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: ${basic('merger')}\r\nConnection: close\r\n\r\n`);
    await once(socket, 'close');
    expect(received).toMatch(/^HTTP\/1.1 405 /);
    expect(received).toContain('"code":405');
  });

  test('refuses a body whose client was revoked while it was on its way', async () => {
    const access = { organizationId: '100', till: null, access: 'WRITE', mayMerge: false } as const;
    let client: ClientRecord | null = {
      id: 'writer',
      ...access,
      secretHash: hashSecret(SECRET),
      previousSecretHash: null,
    };
    const findClient = vi.fn(() => Promise.resolve(client));
    const revoking = await startProbeServer({}, { findClient });
    const socket = connect(Number(new URL(revoking.url).port), '127.0.0.1');
    let received = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
    const head = `POST ${PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: ${basic('writer')}\r\nContent-Length: ${UPDATE.length}\r\n\r\n`;
    socket.write(head + UPDATE.slice(0, 9));
    await expect.poll(() => findClient.mock.calls).not.toEqual([]);
    client = null;
    socket.write(UPDATE.slice(9));
    await expect.poll(() => received).toContain('}}}');
    expect(received).toMatch(/^HTTP\/1.1 401 /);
    expect(received).toContain('"code":401');
    expect(revoking.logged()).toMatchObject([{ client: null, status: 401, codes: ['UNAUTHENTICATED'] }]);
    socket.destroy();
    await revoking.close();
  });

  test('that is stopping refuses what comes on connections that are open, in the envelope', async () => {
    const stopping = await startProbeServer();
    const accepted = once(stopping.server.app.server, 'connection') as Promise<[Socket]>;
    const socket = connect(Number(new URL(stopping.url).port), '127.0.0.1');
    const [served] = await accepted;
    let received = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
    const head = `POST ${PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: ${basic('merger')}\r\nContent-Type: application/xml\r\nContent-Length: 7\r\n\r\n`;
    // One that is under way holds the drain open, and the next comes on the same connection behind it.
    let open: () => void = () => undefined;
    stopping.behaviour.gate = new Promise((resolve) => (open = resolve));
    const slow = stopping.query('{ slow }');
    await new Promise<void>((resolve) => (stopping.behaviour.onSlow = resolve));
    // Begun: newer Node.js closes at once what nothing has come on.
    socket.write(head.slice(0, 9));
    await expect.poll(() => served.bytesRead).toBe(9);
    const closed = stopping.close();
    socket.write(`${head.slice(9)}<root/>`);
    await expect.poll(() => received).toContain('</response>');
    expect(received).toMatch(/^HTTP\/1.1 503 /);
    expect(received).toContain('<response><status><success>false</success><code>503</code>');
    open();
    await slow;
    await closed;
  });
});

describe('the format', () => {
  const types = { json: 'application/json; charset=utf-8', xml: 'application/xml; charset=utf-8' };
  test.each<[string, Partial<HttpRequest>, 'json' | 'xml', 'json' | 'xml']>([
    ['nothing said', { headers: {} }, 'json', 'json'],
    ['Content-Type JSON', { headers: JSON_TYPE }, 'json', 'json'],
    ['Content-Type XML', { headers: XML_TYPE }, 'xml', 'xml'],
    ['text/xml with a charset', { headers: { 'content-type': 'Text/XML; charset=utf-8' } }, 'xml', 'xml'],
    ['format=xml alone', { url: `${PATH}?format=xml`, headers: {} }, 'xml', 'xml'],
    ['format=JSON alone', { url: `${PATH}?format=JSON`, headers: {} }, 'json', 'json'],
    ['an empty format', { url: `${PATH}?format=`, headers: XML_TYPE }, 'xml', 'xml'],
    [
      'format before Content-Type and Accept',
      { url: `${PATH}?format=xml`, headers: { ...JSON_TYPE, accept: 'application/json' } },
      'xml',
      'xml',
    ],
    [
      'format with the type that old clients send',
      { url: `${PATH}?format=json`, headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      'json',
      'json',
    ],
    ...['json', 'text/xml, text/xml', ''].map((type): [string, Partial<HttpRequest>, 'xml', 'xml'] => [
      `format before a type that is none, "${type}"`,
      { url: `${PATH}?format=xml`, headers: { 'content-type': type } },
      'xml',
      'xml',
    ]),
    ['an empty type', { headers: { 'content-type': '' } }, 'json', 'json'],
    ['JSON that asks for XML', { headers: { ...JSON_TYPE, accept: 'application/xml' } }, 'json', 'xml'],
    ['XML that asks for JSON', { headers: { ...XML_TYPE, accept: 'application/json' } }, 'xml', 'json'],
    ['XML that takes anything', { headers: { ...XML_TYPE, accept: '*/*' } }, 'xml', 'xml'],
    ['XML that asks for something else', { headers: { ...XML_TYPE, accept: 'text/html' } }, 'xml', 'xml'],
    ['weights', { headers: { ...JSON_TYPE, accept: 'application/json;q=0.5, text/xml' } }, 'json', 'xml'],
    ['Accept alone', { headers: { accept: 'application/xml' } }, 'xml', 'xml'],
  ])('with %s', async (_name, request, sent, answered) => {
    const shop = await given.organization();
    const answer = await shop.request({ url: PATH, payload: sent === 'json' ? UPDATE : XML_UPDATE, ...request });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe(types[answered]);
    expect(answer.text.startsWith(answered === 'json' ? '{"response":' : '<?xml')).toBe(true);
    expect(answer.text).toContain('1011');
  });
});

describe('XML', () => {
  test('is read with its own five entities, references, CDATA, comments and blanks, and a byte order mark', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const xml = `\uFEFF<?xml version='1.0' encoding='utf-8'?><!-- <!DOCTYPE root> --><root>
      <customer><?skip this?>
        <id> ${id} </id><firstname><![CDATA[O'Neil]]></firstname><lastname>D&apos;A&#114;c&#x79;<!-- . --> B</lastname>
        <custom_fields><field><name>nickname</name><value>&lt;b&gt; &amp; &quot;]]&gt;</value></field>
          <field><name>age</name><value>["46"]</value></field></custom_fields>
        <firstname_of_mother>x</firstname_of_mother>
      </customer>
      <customer><id>${id}</id><email> </email></customer>
    </root>`;
    const answer = await sendXml(shop, xml);
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('<code>200</code><message>Success</message><total>2</total>');
    expect(await shop.customer(id)).toMatchObject({
      firstname: "O'Neil",
      lastname: "D'Arcy B",
      customFields: [
        { name: 'nickname', value: '<b> & "]]>' },
        { name: 'age', value: '46' },
      ],
    });
    expect(answer.text).toContain('<value>&lt;b&gt; &amp; &quot;]]&gt;</value>');
  });

  test('with an element twice where there is one is refused', async () => {
    const shop = await given.organization();
    const { id } = await given.customer(shop);
    const twice = '<firstname>Ada</firstname><firstname>Eve</firstname>';
    const answer = await sendXml(shop, `<root><customer><id>${id}</id>${twice}</customer></root>`);
    expect(answer.text).toContain('<success>false</success><code>10002</code>');
  });

  test('of a megabyte is read in a moment', async () => {
    const shop = await given.organization();
    const many = '<x/>'.repeat(2 ** 18 - 100);
    const { result: answer, milliseconds } = await withProcessorTime(() =>
      sendXml(shop, `<root>${many}<customer/><customer/></root>`),
    );
    expect(answer.text).toContain('<total>2</total>');
    expect(milliseconds).toBeLessThan(3000);
  });
});

test('a byte order mark before JSON is left out', async () => {
  const shop = await given.organization();
  expect((await shop.request({ url: PATH, headers: JSON_TYPE, payload: `\uFEFF${UPDATE}` })).status).toBe(200);
  expect((await sendJson(shop, { root: { customer: {} } })).status).toBe(200);
});
