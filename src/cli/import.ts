import 'reflect-metadata';
import { runImport } from './import-command.js';

// Whoever read the lines may have seen enough; what was begun still has to be done, and the exit code to be right.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);
process.exitCode = await runImport(process.argv.slice(2), process.env, process);
