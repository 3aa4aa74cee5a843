import { spawnSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Workplace } from '../process/service.js';

// What failing-disk.c does, from the side of the test. It needs Linux with glibc and a C compiler.

const SOURCE = fileURLToPath(new URL('failing-disk.c', import.meta.url));

/** The calls that can be told to fail. */
const calls = { write: 1, sync: 2, truncate: 4, read: 8 } as const;
const actions = { nothing: 0, fail: 1, kill: 2, image: 3 } as const;
/** What a kernel answers where a device is full, or broken. */
const errors = { ENOSPC: constants.errno.ENOSPC, EIO: constants.errno.EIO } as const;

type Call = keyof typeof calls;

/** The calls by which a batch gets to the disk. */
export const steps = ['write', 'sync', 'truncate'] as const satisfies readonly Call[];

export interface Order {
  readonly calls: readonly Call[];
  readonly action: keyof typeof actions;
  readonly error?: keyof typeof errors;
  /** A sync that says it is done, and is not. */
  readonly lies?: boolean;
  /** The first call that it is about, counted from now on. */
  readonly from?: number;
}

export interface FailingDisk {
  /** What a process's environment needs for its database to be on this disk. */
  readonly env: Readonly<Record<string, string>>;
  /** From now on; calls are counted anew. */
  order(order: Order): void;
  /** Nothing fails any more. */
  mend(): void;
  /** How many calls of the ordered kinds there have been. */
  count(): number;
  /** Takes the files, which nobody is writing, as what is safe from a power cut. */
  takeAsSynced(): void;
  /** The database as it was kept before a call: as it was then, or as it was synced. */
  image(kind: 'killed' | 'cut', call: number): string;
  /** Removes the files of the database, and all that were kept of them. */
  remove(): void;
}

interface FailingDisks {
  /** Why there are none here; null where there are. */
  readonly missing: string | null;
  /** The disk of one database, which is in the workplace. */
  readonly openDisk: (database: string) => FailingDisk;
}

/** Disks for the databases of a test file. */
export function failingDisks(workplace: Workplace): FailingDisks {
  const folder = mkdtempSync(join(tmpdir(), 'failing-disk-'));
  process.on('exit', () => {
    rmSync(folder, { recursive: true, force: true });
  });
  const library = join(folder, 'failing-disk.so');
  const missing = build(library);
  return {
    missing,
    openDisk: (database) => openFailingDisk(library, database, workplace.path(`${basename(database)}.disk`)),
  };
}

/** Builds the library into the folder; tells why it can't be had where it can't. */
function build(library: string): string | null {
  if (process.platform !== 'linux') return `LD_PRELOAD is Linux's, and this is ${process.platform}`;
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  if (header.glibcVersionRuntime === undefined) return "the system's C library is not glibc";
  const { error, status, stderr } = spawnSync('cc', ['-shared', '-fPIC', '-O2', '-o', library, SOURCE, '-ldl'], {
    encoding: 'utf8',
  });
  if (error !== undefined) return 'there is no C compiler (cc)';
  return status === 0 ? null : `it can't be compiled: ${stderr.split('\n')[0] ?? ''}`;
}

/** `path` is for the file by which it is told. */
function openFailingDisk(library: string, database: string, path: string): FailingDisk {
  const file = openSync(path, 'w+');
  const order = ({ calls: kinds, action, error, lies = false, from = 1 }: Order): void => {
    const mask = kinds.reduce((sum, kind) => sum + calls[kind], 0);
    const bytes = Buffer.alloc(32);
    bytes.writeInt32LE(actions[action], 4);
    bytes.writeInt32LE(error === undefined ? 0 : errors[error], 8);
    bytes.writeInt32LE(lies ? 1 : 0, 12);
    bytes.writeBigInt64LE(BigInt(from), 16);
    // Its kinds last: until then it is about nothing.
    writeSync(file, Buffer.alloc(4), 0, 4, 0);
    writeSync(file, bytes, 4, 28, 4);
    bytes.writeInt32LE(mask, 0);
    writeSync(file, bytes, 0, 4, 0);
  };
  const mend = (): void => {
    order({ calls: [], action: 'nothing' });
  };
  mend();
  return {
    env: { LD_PRELOAD: library, FAILING_DISK: path, FAILING_DISK_DATABASE: database },
    order,
    mend,
    count() {
      const bytes = Buffer.alloc(8);
      readSync(file, bytes, 0, 8, 24);
      return Number(bytes.readBigInt64LE());
    },
    takeAsSynced() {
      for (const ending of ['', '-wal']) {
        if (existsSync(`${database}${ending}`)) copyFileSync(`${database}${ending}`, `${database}.synced${ending}`);
        else rmSync(`${database}.synced${ending}`, { force: true });
      }
    },
    image: (kind, call) => `${database}.${call}.${kind}`,
    remove() {
      closeSync(file);
      const folder = dirname(database);
      const own = readdirSync(folder).filter((name) => name.startsWith(basename(database)));
      for (const name of own) rmSync(join(folder, name));
    },
  };
}
