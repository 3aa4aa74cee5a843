import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createServer as createApi } from '../../src/server.js';
import { openService } from '../../src/service.js';
import { readSettings } from '../../src/settings.js';
import { onServer } from '../support/postgres-server.js';
import { Shop } from '../support/shop.js';
import { useWorld } from '../support/world.js';

const world = useWorld();

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

/** A certificate that trusts itself, in a file of its own. */
function certify(folder: string, name: string): { readonly file: string; readonly context: SecureContext } {
  const [key, file] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync('openssl', ['req', ...kind, ...subject, '-keyout', key, '-out', file], { stdio: 'ignore' });
  return { file, context: createSecureContext({ key: readFileSync(key), cert: readFileSync(file) }) };
}

/** Speaks TLS for a PostgreSQL that has none, and none either where there is no context. */
async function listen(url: string, contextNow: () => SecureContext | null): Promise<Server> {
  const { hostname, port } = new URL(url);
  const server = createServer((socket) => {
    // What comes first asks for TLS.
    socket
      .on('error', () => undefined)
      .once('data', () => {
        const secureContext = contextNow();
        socket.write(secureContext === null ? 'N' : 'S');
        if (secureContext === null) return;
        const secure = new TLSSocket(socket, { isServer: true, secureContext });
        const behind = connect(Number(port), hostname);
        secure.on('error', () => behind.destroy()).on('close', () => behind.destroy());
        behind.on('error', () => secure.destroy());
        secure.pipe(behind).pipe(secure);
      });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

test.skipIf(!hasOpenssl)(
  'a PostgreSQL whose certificate is right no more is unavailable, until it is (needs openssl)',
  async () => {
    const shop = await world.given.organization();
    const { id } = await world.given.customer(shop);
    const folder = mkdtempSync(join(tmpdir(), 'customers-certificate-'));
    const [right, wrong] = [certify(folder, 'right'), certify(folder, 'wrong')];
    let now: SecureContext | null = right.context;
    const proxy = await listen(world.url, () => now);
    const url = new URL(world.url);
    url.port = String((proxy.address() as AddressInfo).port);
    url.search = new URLSearchParams({
      sslmode: 'verify-full',
      sslrootcert: right.file,
      application_name: folder,
    }).toString();
    const settings = readSettings({ DATABASE_URL: url.href, DEMO_DATA: '0', PORT: '0' });
    const logger = pino({ level: 'silent' });
    const service = await openService(settings, logger);
    const server = await createApi({ settings, logger, ...service });
    const till = new Shop({ app: server.app, organizationId: shop.id, logged: () => [] });
    expect((await till.customer(id)).userId).toBe(id);

    const end = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '${folder}'`;
    for (const other of [wrong.context, null]) {
      now = other;
      await onServer(world.url, end);
      await expect(till.customer(id)).rejects.toThrow('SERVICE_UNAVAILABLE');
      now = right.context;
      expect((await till.customer(id)).userId).toBe(id);
    }
    await server.close();
    await service.close();
    proxy.close();
    rmSync(folder, { recursive: true });
  },
);
