import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createServer, type Server } from '../../src/server.js';
import { openService, type Service } from '../../src/service.js';
import { readSettings } from '../../src/settings.js';
import { startProbeServer } from './probe-server.js';

// In a real browser, which is the machine's: Debian's package, or whichever CHROMIUM_PATH names.

const CHROMIUM = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
const noBrowser = existsSync(CHROMIUM) ? false : `There is no browser at ${CHROMIUM} (CHROMIUM_PATH)`;

let folder: string;
let service: Service;
let server: Server;
let url: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'explorer-'));
  const settings = readSettings({ DATABASE_URL: `sqlite:${join(folder, 'demo.sqlite')}`, PORT: '0' });
  const logger = pino({ level: 'silent' });
  service = await openService(settings, logger);
  server = await createServer({ ...service, settings, logger });
  url = await server.listen();
});
afterAll(async () => {
  await server.close();
  await service.close();
  rmSync(folder, { recursive: true });
});

/** For the browser: all that a site has stored there, as JSON. */
const STORED = `(async () => {
  const result = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const stored = [{ ...localStorage }, { ...sessionStorage }, document.cookie, await caches.keys()];
  for (const { name } of await indexedDB.databases()) {
    const database = await result(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      stored.push(await result(database.transaction(store).objectStore(store).getAll()));
    }
    database.close();
  }
  return JSON.stringify(stored);
})()`;

/** Of a path that is sent as it stands. */
async function statusOf(path: string): Promise<number | undefined> {
  const [response] = (await once(get(`${url}/`, { path }), 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

describe('the explorer', () => {
  test('is a page that no other site may frame, and that runs no script but its own', async () => {
    const page = await fetch(`${url}/explorer`);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    for (const [name, value] of [
      ['x-content-type-options', 'nosniff'],
      ['referrer-policy', 'no-referrer'],
      ['cache-control', 'no-store'],
    ] as const) {
      expect(page.headers.get(name)).toBe(value);
    }
    const policy = page.headers.get('content-security-policy')?.split('; ');
    expect(policy).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
      ]),
    );
    expect(await page.text()).not.toMatch(/https?:|<script>|at-least-16-characters/);
  });

  test('has the demo client filled in in development, and nobody in production', async () => {
    const options = await (await fetch(`${url}/explorer/options.js`)).text();
    expect(options).toContain('"username":"till.london.1","password":"at-least-16-characters"');

    const demo = { id: 'till.london.1', secret: 'at-least-16-characters' };
    const asked = await startProbeServer({ NODE_ENV: 'production', EXPLORER: '1' }, { demo });
    const inProduction = await asked.send('/explorer/options.js');
    expect(inProduction.status).toBe(200);
    expect(inProduction.text).toContain('"username":"","password":""');
    await asked.close();
  });

  test.each([{ NODE_ENV: 'production' }, { EXPLORER: '0' }])('is not there with %o', async (env) => {
    const probe = await startProbeServer(env);
    for (const path of ['/explorer', '/explorer/options.js', '/explorer/main.js']) {
      expect((await probe.send(path)).status).toBe(404);
    }
    await probe.close();
  });

  test('gives out its own files and no others', async () => {
    const file = await fetch(`${url}/explorer/main.js`);
    expect(file.status).toBe(200);
    const headers = { 'if-none-match': file.headers.get('etag') ?? '' };
    expect((await server.app.inject({ url: '/explorer/main.js', headers })).statusCode).toBe(304);
    for (const path of ['../index.js', '..%2findex.js', '%2e%2e/index.js', 'index.html', 'iframe-sandbox/index.html']) {
      expect([400, 404]).toContain((await fetch(`${url}/explorer/${path}`)).status);
    }
    // The same by other ways; fetch would make the path a plain one.
    for (const path of ['/index.html', './index.html', 'x/..%2findex.html', '/iframe-sandbox/index.html']) {
      expect([path, await statusOf(`/explorer/${path}`)]).toEqual([path, expect.toBeOneOf([400, 404])]);
    }
    expect(await statusOf('/explorer/')).toBe(200);
  });
});

describe.skipIf(noBrowser !== false)(`in a browser${noBrowser === false ? '' : `: ${noBrowser}`}`, () => {
  let browser: Browser;
  let page: Page;
  const elsewhere: string[] = [];
  const complaints: string[] = [];
  /** What Altair says where it comes to read variables while they are being filled in, as on a busy machine. */
  const HALF_TYPED = 'Could not parse JSON. Using default instead.';

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
        ...['gpu', 'background-networking', 'component-update', 'sync'].map((name) => `--disable-${name}`),
        '--no-first-run',
      ],
    });
    // As high as the longest answer: the editors draw what can be seen.
    page = await browser.newPage({ viewport: { width: 1280, height: 3000 } });
    page.on('console', (message) => {
      const isComplaint = ['error', 'warning'].includes(message.type()) && message.text() !== HALF_TYPED;
      if (isComplaint) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.route('**', (route) => {
      const asked = route.request().url();
      if (new URL(asked).origin === url || asked.startsWith('data:')) return route.continue();
      elsewhere.push(asked);
      return route.abort();
    });
    await page.goto(`${url}/explorer`);
  });
  afterAll(() => browser.close());

  async function open(tab: string): Promise<void> {
    await page.locator('app-window-switcher').getByText(tab, { exact: true }).click();
  }

  /** Sends the request of the tab; answers what is shown of its answer, once that has these words: editors draw bit by bit. */
  async function run(words: RegExp): Promise<string> {
    await page.getByText('Send Request').locator('visible=true').click();
    const result = page.locator('app-query-result:visible');
    await expect.poll(() => result.innerText()).toMatch(words);
    return result.innerText();
  }

  test.each(['Update', 'Batch'])('its tab %s shows under Auth who is filled in', { timeout: 60_000 }, async (tab) => {
    await open(tab);
    await page.getByText('Auth', { exact: true }).locator('visible=true').click();
    const shown = page.locator('app-authorization-editor').locator('visible=true');
    const credentials = /Basic Auth[^]*till\.london\.1[^]*at-least-16-characters/;
    await expect.poll(() => shown.innerText(), { timeout: 20_000 }).toMatch(credentials);
  });

  test('its tabs tell one story: update, preview, merge, undo, history, batch', { timeout: 120_000 }, async () => {
    await open('Update');
    await run(/"updateCustomer"[^]*"success": true[^]*"lastname": "James-Okafor"/);
    await open('Preview of a merge');
    await run(/"previewCustomerUpdate"[^]*"success": true[^]*"victimId": "343445390"/);
    await open('Merge');
    const merged = await run(/"updateCustomer"[^]*"success": true[^]*"victimId": "343445390"/);
    const [, mergeId = ''] = /"id": "([\w-]+)"/.exec(merged) ?? [];

    await open('Undo');
    await page.getByText('Variables', { exact: true }).locator('visible=true').click();
    await page.locator('.cm-content:visible', { hasText: '"mergeId": ""' }).fill(JSON.stringify({ mergeId }));
    await run(/"undoCustomerMerge"[^]*"success": true[^]*"userId": "343445390"/);
    await open('Audit log and ledger');
    await run(/"auditLog"[^]*"action": "MERGE_UNDONE"[^]*"action": "MERGED"/);
    await open('Batch');
    await run(/"updateCustomers"[^]*"successCount": 2[^]*"TILL_NOT_FOUND"/);
  });

  test(
    'it shows what wrong credentials are answered, and the browser asks for no others',
    { timeout: 60_000 },
    async () => {
      await open('Update');
      await page.getByText('Auth', { exact: true }).locator('visible=true').click();
      const secret = page.locator('app-authorization-editor .cm-content:visible').nth(1);
      await secret.fill('wrong-wrong-wrong-wrong');
      await run(/"code": "UNAUTHENTICATED"/);
      expect(complaints.splice(0)).toEqual([expect.stringContaining('401')]);
    },
  );

  test('it keeps nothing in the browser: neither credentials nor what was asked and answered', async () => {
    // Altair writes what it keeps a second later.
    await page.waitForTimeout(3000);
    expect(await page.evaluate(STORED)).not.toMatch(/at-least-16-characters|dora\.ejemplo|07700|updateCustomer/);
  });

  test('it begins with its examples, whatever a link from another page brings', { timeout: 60_000 }, async () => {
    const brought = new URLSearchParams({ query: 'mutation { fromALink }', endpoint: 'https://elsewhere.example/' });
    await page.goto(`${url}/explorer?${brought.toString()}`);
    const tabs = page.locator('app-window-switcher');
    await expect.poll(() => tabs.innerText()).toMatch(/Update[^]*Preview of a merge[^]*Batch/);
    expect(await page.locator('body').innerText()).not.toContain('fromALink');
    expect(page.url()).toBe(`${url}/explorer`);
  });

  test('it has asked nobody else for anything, and its policy has stopped nothing', () => {
    expect(elsewhere).toEqual([]);
    expect(complaints).toEqual([]);
  });
});
