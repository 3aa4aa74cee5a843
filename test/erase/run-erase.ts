import { PassThrough } from 'node:stream';
import { runErase } from '../../src/cli/erase-command.js';
import { writtenTo } from '../support/written-to.js';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command on a database. */
export async function runEraseOn(url: string, args: readonly string[]): Promise<Ran> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await runErase(args, { DATABASE_URL: url }, { stdout, stderr });
  return { code, out: writtenTo(stdout), err: writtenTo(stderr) };
}
