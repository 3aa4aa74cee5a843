import 'reflect-metadata';
import { runImport } from './import-command.js';

// Whoever read the lines may be gone; the work is done as a whole, and the exit code has to be right.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);
process.exitCode = await runImport(process.argv.slice(2), process.env, process);
