import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../../', import.meta.url);
const MAIN = fileURLToPath(new URL('dist/main.js', ROOT));
const IMPORT = fileURLToPath(new URL('dist/cli/import.js', ROOT));
const FLOORS = fileURLToPath(new URL('../floors/', import.meta.url));

/** Node's flags of `npm start`: a server that is measured runs as it is shipped. */
const FLAGS = startFlags(JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')).scripts.start);

const running = new Set();
// Nothing that was started outlives the benchmarks, however they end.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** The service as it is shipped, with its defaults for production. */
export const startService = (database) => startServer(MAIN, { DATABASE_URL: urlOf(database) });

/** The same server, whose resolvers answer constants of the database's shapes. */
export const startServerWithoutDatabase = (database) =>
  startServer(`${FLOORS}without-database.mjs`, { DATABASE_URL: urlOf(database) });

/** The same, which stores each update by TypeORM's repositories before it answers. */
export const startServerOfRepositories = (database) =>
  startServer(`${FLOORS}without-database.mjs`, { DATABASE_URL: urlOf(database) }, ['repositories']);

export const startImport = (database, args) => start([IMPORT, ...args], { DATABASE_URL: urlOf(database) });

/** A database is a SQLite file's path, or a PostgreSQL URL. */
const urlOf = (database) => (database.startsWith('postgres://') ? database : `sqlite:${database}`);

async function startServer(script, env, args = []) {
  const launched = start([...FLAGS, script, ...args], { ...env, PORT: '0' });
  const origin = await printed(launched, /^The API is at (http:\/\/.+)\/graphql\n/m);
  return { pid: launched.child.pid, origin, stop: () => stop(launched) };
}

/** A floor without HTTP: `ask` has it work, and answers what it says of that. */
export async function startFloor(script, options) {
  const launched = start([`${FLOORS}${script}`, JSON.stringify(options)], {}, true);
  const { child } = launched;
  await answer(launched);
  return {
    pid: child.pid,
    ask(work) {
      child.send(work);
      return answer(launched);
    },
    stop: () => stop(launched),
  };
}

/** Waits for the end, and throws with what the process said where it is not a good one. */
export async function runToEnd({ exited, said }) {
  const code = await exited;
  if (code !== 0) throw new Error(`A process ended with ${code}: ${said()}`);
}

function start(args, env, hasChannel = false) {
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', 'pipe', ...(hasChannel ? ['ipc'] : [])],
  });
  running.add(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    // Whatever a server logs is let through to nobody; only the end of it is of use.
    stream.setEncoding('utf8').on('data', (chunk) => (text = (text + chunk).slice(-4000)));
  }
  const exited = once(child, 'close').then(([code, signal]) => {
    running.delete(child);
    return code ?? signal;
  });
  return { child, exited, said: () => text };
}

async function printed({ child, exited, said }, pattern) {
  for (;;) {
    const match = pattern.exec(said());
    if (match !== null) return match[1];
    await orEnd(exited, said, once(child.stdout, 'data'));
  }
}

async function answer({ child, exited, said }) {
  const [message] = await orEnd(exited, said, once(child, 'message'));
  if (message.fault !== undefined) throw new Error(`No result: ${message.fault}`);
  return message;
}

async function orEnd(exited, said, event) {
  const ended = exited.then((code) => {
    throw new Error(`A process ended with ${code}: ${said()}`);
  });
  return Promise.race([event, ended]);
}

async function stop({ child, exited }) {
  child.kill('SIGTERM');
  await exited;
}

function startFlags(command) {
  const [, flags] = /exec node (.*)dist\/main\.js$/.exec(command) ?? [];
  if (flags === undefined) throw new Error(`npm start is no longer what the benchmarks expect: ${command}`);
  return flags.split(' ').filter((flag) => flag !== '');
}
