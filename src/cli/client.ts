import 'reflect-metadata';
import { runClient } from './client-command.js';

// What can't be written fails there, where it matters.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);
process.exitCode = await runClient(process.argv.slice(2), process.env, process);
