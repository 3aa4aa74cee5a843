import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

// A way to a server on which each answer takes some milliseconds more, as one that is further away. Its options come as
// its argument; asked for it, it answers its port.

const { port, milliseconds } = JSON.parse(process.argv[2]);

const server = createServer((client) => {
  const upstream = connect(port, '127.0.0.1');
  for (const [one, other] of [
    [client, upstream],
    [upstream, client],
  ]) {
    one.setNoDelay(true).on('error', () => undefined);
    one.on('close', () => other.destroy());
  }
  client.pipe(upstream);
  upstream.on('data', async (chunk) => {
    if (milliseconds > 0) await sleep(milliseconds);
    client.write(chunk);
  });
}).listen(0, '127.0.0.1');
await once(server, 'listening');
process.on('message', () => process.send({ port: server.address().port }));
process.send('ready');
