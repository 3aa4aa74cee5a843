import 'reflect-metadata';
import { runClient } from './client-command.js';

process.stdout.once('error', () => {
  process.stderr.write('The secret could not be printed, and nobody has it: rotate the secret of the client\n');
  process.exitCode = 1;
});
process.stderr.on('error', () => undefined);
const exitCode = await runClient(process.argv.slice(2), process.env, process);
process.exitCode ??= exitCode;
