import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import autocannon from 'autocannon';
import { CLIENT } from '../world/shop.mjs';
import { cpuSeconds } from './measure.mjs';
import { percentile } from '../report/statistics.mjs';

const HEADERS = {
  'content-type': 'application/json',
  authorization: `Basic ${Buffer.from(`${CLIENT.id}:${CLIENT.secret}`).toString('base64')}`,
};

/**
 * Loads servers over so many persistent connections, spread over them evenly, each with one request under way, and answers
 * what they did together. `next` makes a request's variables. Throws where one answer was not the right one: then there is
 * no result.
 */
export async function load({ servers, connections, ...how }) {
  const share = connections / servers.length;
  const cpu = () => servers.reduce((sum, { pid }) => sum + cpuSeconds(pid), 0);
  const before = cpu();
  const startedAt = performance.now();
  const all = await Promise.all(servers.map((server) => loadOne({ server, connections: share, ...how })));
  const elapsed = (performance.now() - startedAt) / 1000;
  return summary({ latencies: all.flat(), elapsed, cpu: cpu() - before });
}

/** Answers the latencies, in milliseconds. */
async function loadOne({ server, document, next, isRight, connections, seconds, amount, rate }) {
  const prefix = `{"query":${JSON.stringify(document)},"variables":`;
  const latencies = [];
  let failure = null;
  let wrong = null;
  const instance = autocannon(
    {
      url: `${server.origin}/graphql`,
      method: 'POST',
      headers: HEADERS,
      connections,
      ...(amount === undefined ? { duration: seconds } : { amount }),
      ...(rate === undefined ? {} : { overallRate: rate, ignoreCoordinatedOmission: true }),
      sampleInt: 100,
      requests: [{ setupRequest: (request) => ({ ...request, body: `${prefix}${nextVariables()}}` }) }],
      verifyBody: isRight,
    },
    () => undefined,
  );
  instance.on('response', (_client, _status, _bytes, milliseconds) => latencies.push(milliseconds));
  instance.on('reqMismatch', (body) => (wrong ??= body));
  const [result] = await once(instance, 'done');
  if (failure !== null) throw failure;
  refuseFailures(result, wrong);
  return latencies;

  function nextVariables() {
    try {
      return JSON.stringify(next());
    } catch (error) {
      // Thrown from here, it would end this process from within a socket.
      failure ??= error;
      return '{}';
    }
  }
}

export function summary({ latencies, elapsed, cpu }) {
  const sorted = Float64Array.from(latencies).sort();
  return {
    done: sorted.length,
    throughput: sorted.length / elapsed,
    p50: percentile(sorted, 0.5),
    p99: percentile(sorted, 0.99),
    cpuPerThousand: (cpu / sorted.length) * 1000,
  };
}

function refuseFailures({ errors, timeouts, non2xx, mismatches }, wrong) {
  if (errors + timeouts + non2xx + mismatches === 0) return;
  throw new Error(
    `No result: ${errors} errors, ${timeouts} timeouts, ${non2xx} without status 200, ${mismatches} wrong answers: ${wrong}`,
  );
}
