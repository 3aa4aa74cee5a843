import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { freePort } from '../support/postgres-server.js';

// deploy/nginx.conf in an nginx of this machine, which is set up as that of its image.

const hasNginx = spawnSync('nginx', ['-v']).error === undefined;
const QUERY = new URLSearchParams({ query: '{ customer(mobile: "447700900111") { userId } }' }).toString();

/** What nginx sets up around the file; `$` begins a variable of its own. */
const around = (folder: string): string => `
  daemon off;
  pid ${folder}/nginx.pid;
  error_log ${folder}/error.log notice;
  events { worker_connections 64; }
  http {
    log_format main '$remote_addr - $remote_user [$time_local] "$request" $status "$http_referer" "$http_user_agent"';
    access_log ${folder}/access.log main;
    ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((of) => `${of}_temp_path ${folder}/${of};`).join('\n')}
    include ${folder}/default.conf;
  }`;

function startNginx(folder: string, port: number, service: number): ChildProcess {
  const file = readFileSync(fileURLToPath(new URL('../../deploy/nginx.conf', import.meta.url)), 'utf8')
    .replace('server service:4000', `server 127.0.0.1:${service}`)
    .replace('listen 4000', `listen 127.0.0.1:${port}`)
    .replaceAll('/var/log/nginx/', `${folder}/`);
  writeFileSync(join(folder, 'default.conf'), file);
  writeFileSync(join(folder, 'nginx.conf'), around(folder));
  return spawn('nginx', ['-e', join(folder, 'error.log'), '-c', join(folder, 'nginx.conf')], { stdio: 'ignore' });
}

async function statusOf(url: string): Promise<number> {
  for (let tries = 0; ; tries += 1) {
    try {
      return (await fetch(url)).status;
    } catch (error) {
      if (tries === 300) throw error;
      await sleep(100);
    }
  }
}

describe.skipIf(!hasNginx)(`the balancer${hasNginx ? '' : ': there is no nginx'}`, () => {
  it('logs each request, and nothing of what a query by GET asks for, also where no process answers', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nginx-'));
    chmodSync(folder, 0o755);
    const service = createServer((_, response) => response.end()).listen(0, '127.0.0.1');
    await once(service, 'listening');
    const port = await freePort();
    const nginx = startNginx(folder, port, (service.address() as AddressInfo).port);
    const exited = once(nginx, 'exit');
    try {
      const url = `http://127.0.0.1:${port}/graphql?${QUERY}`;
      expect(await statusOf(url)).toBe(200);
      service.closeAllConnections();
      service.close();
      expect(await statusOf(url)).toBe(502);
      nginx.kill('SIGQUIT');
      await exited;
      const logs = ['access.log', 'error.log'].map((name) => readFileSync(join(folder, name), 'utf8')).join('');
      expect(logs.match(/"GET \/graphql" \d+/g)).toEqual(['"GET /graphql" 200', '"GET /graphql" 502']);
      expect(logs).not.toContain('900111');
    } finally {
      // Not SIGKILL, which would leave its worker.
      nginx.kill('SIGTERM');
      service.close();
      await exited;
      rmSync(folder, { recursive: true });
    }
  });
});
