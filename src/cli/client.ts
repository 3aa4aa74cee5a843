import 'reflect-metadata';
import { createWriteStream, fstatSync } from 'node:fs';
import { runClient } from './client-command.js';

const { stdin, stderr } = process;
const stdout = withoutShortWrites(process.stdout);
// What can't be written fails there, where it matters.
for (const output of [stdout, stderr]) output.on('error', () => undefined);
process.exitCode = await runClient(process.argv.slice(2), process.env, { stdin, stdout, stderr });

/** A file that is almost full takes the beginning of a secret only. Of that, `process.stdout` says that all was written. */
function withoutShortWrites(output: NodeJS.WriteStream & { readonly fd: number }): NodeJS.WritableStream {
  const { fd } = output;
  return fstatSync(fd).isFile() ? createWriteStream('', { fd, autoClose: false }) : output;
}
