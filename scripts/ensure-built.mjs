// Makes dist what the sources say, if it is not already: every command that runs from dist begins with this.
//
// dist holds a stamp of the sources that it was built from. A build goes to a folder beside it and takes its place when
// it is whole, so there never is half a dist; a lock lets one build run at a time. A service that runs from dist leaves
// a mark there, and dist stays as it is while one does: with --build that is refused, else the command goes on with the
// dist that is there.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const DIST = 'dist';
const STAMP = join(DIST, '.stamp');
const MARKS = join(DIST, '.running');
const LOCK = '.dist-lock';
const isBuildWanted = process.argv.includes('--build');

if (isFresh()) {
  if (isBuildWanted) say('dist is up to date');
} else {
  takeLock();
  try {
    // Whoever held the lock may have built it.
    if (!isFresh()) process.exitCode = build();
  } finally {
    fs.rmSync(LOCK, { force: true });
  }
}

/** The exit code. */
function build() {
  if (isInUse()) return isBuildWanted ? 1 : 0;
  removeLeftovers();
  say('Building dist');
  const stamp = stampOfSources();
  const fresh = `.dist-new-${process.pid}`;
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', fresh], {
    stdio: ['ignore', process.stderr, process.stderr],
  });
  if (status !== 0) {
    removeLeftovers();
    say('The build failed; dist is as it was');
    return 1;
  }
  fs.writeFileSync(join(fresh, '.stamp'), stamp);
  letServicesMark(fresh);
  // One may have started in the meantime.
  if (isInUse()) return isBuildWanted ? 1 : 0;
  if (fs.existsSync(DIST)) fs.renameSync(DIST, `.dist-old-${process.pid}`);
  fs.renameSync(fresh, DIST);
  removeLeftovers();
  return 0;
}

/** Services of every user leave their marks in a dist, whoever has built it; each takes away its own alone. */
function letServicesMark(dist) {
  const marks = join(dist, '.running');
  fs.mkdirSync(marks);
  // By itself, mkdir would keep to the umask.
  fs.chmodSync(marks, 0o1777);
}

function isFresh() {
  // An image may hold dist alone.
  if (!fs.existsSync('src')) return true;
  return fs.existsSync(STAMP) && fs.readFileSync(STAMP, 'utf8') === stampOfSources();
}

/** A hash over the paths and contents of all that dist is made from, so that a file that is gone counts too. */
function stampOfSources() {
  const inSrc = fs
    .readdirSync('src', { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  const beside = fs.readdirSync('.').filter((name) => /^(tsconfig.*|package-lock)\.json$/.test(name));
  const hash = createHash('sha256');
  for (const path of [...inSrc, ...beside].sort()) {
    hash.update(`${path}\0${createHash('sha256').update(fs.readFileSync(path)).digest('hex')}\n`);
  }
  return hash.digest('hex');
}

/** Whether a service runs from dist; then it says so. */
function isInUse() {
  const names = fs.existsSync(MARKS) ? fs.readdirSync(MARKS) : [];
  // What else is there, such as .DS_Store, is nobody's mark.
  const pids = names.filter((name) => /^[1-9]\d*$/.test(name)).map(Number);
  const pid = pids.find((candidate) => isRunning(candidate, 'main.js'));
  if (pid === undefined) return false;
  const then = isBuildWanted ? 'stop it before building' : 'going on with the dist that is there';
  say(`dist is older than the sources, and a running service uses it (process ${pid}): ${then}`);
  return true;
}

/** Whether the process lives and is still the one meant: process ids are used again. */
function isRunning(pid, script) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code === 'ESRCH') return false;
  }
  return commandOf(pid)?.includes(script) ?? true;
}

/** The command line of a process, null where this machine does not tell. */
function commandOf(pid) {
  if (fs.existsSync('/proc/self/cmdline')) {
    try {
      return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    } catch {
      return null;
    }
  }
  const { status, stdout } = spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  return status === 0 ? stdout : null;
}

function takeLock() {
  for (let waits = 0; ; waits += 1) {
    try {
      fs.writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') {
        say(`dist has to be built, and that can't be done here: ${error.message}`);
        process.exit(1);
      }
    }
    if (isLockLeftOver()) fs.rmSync(LOCK, { force: true });
    else if (waits === 0) say('Waiting for another build');
    sleep(100);
  }
}

function isLockLeftOver() {
  try {
    const pid = fs.readFileSync(LOCK, 'utf8');
    // Its maker writes the id right after it has made the file, or has died in between.
    if (pid === '') return Date.now() - fs.statSync(LOCK).mtimeMs > 10_000;
    return !isRunning(Number(pid), 'ensure-built');
  } catch {
    return false;
  }
}

/** What builds that were interrupted have left; only the holder of the lock has any. */
function removeLeftovers() {
  for (const name of fs.readdirSync('.')) {
    if (/^\.dist-(new|old)-\d+$/.test(name)) fs.rmSync(name, { recursive: true, force: true });
  }
}

function sleep(milliseconds) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

function say(line) {
  console.error(line);
}
