import { createRequire } from 'node:module';
import { dirname, join, posix } from 'node:path';
import { fastifyStatic } from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { explorerTabs } from './explorer-tabs.js';

/** Of a client, to fill in. */
export interface Credentials {
  readonly id: string;
  readonly secret: string;
}

const PAGE = '/explorer';
export const EXPLORER_FILES = `${PAGE}/*`;

/** The folder of Altair's built files, which need nothing from anywhere else. */
const FILES = join(dirname(createRequire(import.meta.url).resolve('altair-static')), 'dist');

/**
 * `GET /explorer`: Altair, with a tab for each example, and with these credentials filled in. All of it comes from here,
 * and its Content-Security-Policy lets it ask nobody else.
 */
export async function addExplorer(app: FastifyInstance, credentials: Credentials | null): Promise<void> {
  await app.register(async (scope) => {
    scope.addHook('onRequest', (_request, reply, done) => {
      reply.headers({
        'content-security-policy': SECURITY_POLICY,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      });
      done();
    });
    for (const url of [PAGE, `${PAGE}/`]) {
      scope.get(url, (_request, reply) => reply.type('text/html; charset=utf-8').send(PAGE_HTML));
    }
    scope.get(`${PAGE}/options.js`, (_request, reply) =>
      reply.type('text/javascript; charset=utf-8').send(optionsScript(credentials)),
    );
    await scope.register(fastifyStatic, {
      root: FILES,
      prefix: `${PAGE}/`,
      decorateReply: false,
      index: false,
      allowedPath: (path) => isServed(posix.normalize(path)),
    });
  });
}

/** Not Altair's own page, nor its frame for scripts before a request, which the policy has no frames for. */
const isServed = (path: string): boolean => path !== '/index.html' && !path.startsWith('/iframe-sandbox');

const SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  // Altair's components and its editor make style elements while they run.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const PAGE_HTML = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Customers: explorer</title>
    <base href="${PAGE}/" />
    <meta name="viewport" content="width=device-width,initial-scale=1" />
    <link rel="icon" href="favicon.ico" />
    <link rel="stylesheet" href="styles.css" />
  </head>
  <body>
    <app-root></app-root>
    <script type="module" src="polyfills.js"></script>
    <script type="module" src="main.js"></script>
    <script type="module" src="options.js"></script>
  </body>
</html>
`;

/**
 * Altair takes whole addresses only, and only the browser knows by which one it came here. Whatever `preserveState` says, it writes
 * its tabs into IndexedDB, with their credentials and answers: here such a write does nothing, and what older pages left is removed.
 * Without credentials of the browser's own, it asks nobody for some when those under Auth are wrong, and the 401 is shown.
 * A link can bring a query, which Altair would show in place of the examples, to be sent with these credentials: it is left out.
 */
const optionsScript = (
  credentials: Credentials | null,
): string => `const options = ${JSON.stringify(options(credentials))};
const endpointURL = new URL('/graphql', location.href).href;
for (const tab of options.initialWindows) tab.endpointURL = endpointURL;
IDBObjectStore.prototype.add = IDBObjectStore.prototype.put = function () {
  return this.count();
};
indexedDB.deleteDatabase('AltairDB');
const send = window.fetch;
window.fetch = (input, init) => send(input, { ...init, credentials: 'omit' });
history.replaceState(null, '', location.pathname);
AltairGraphQL.init({ ...options, endpointURL });
`;

function options(credentials: Credentials | null): object {
  const { id, secret } = credentials ?? { id: '', secret: '' };
  return {
    initialWindows: explorerTabs.map(({ name, query, variables }) => ({
      initialName: name,
      initialQuery: query,
      initialVariables: JSON.stringify(variables, null, 2),
    })),
    // Not of each tab: the first one would use it, and show that it has none.
    initialAuthorization: { type: 'basic', data: { username: id, password: secret } },
    initialSettings: {
      theme: 'light',
      'alert.disableUpdateNotification': true,
      'banners.disable': true,
      disablePushNotification: true,
    },
    // Nothing stays in the browser: neither credentials nor what people were asked about.
    preserveState: false,
    disableAccount: true,
  };
}
