import 'reflect-metadata';
import { runErase } from './erase-command.js';

// Whoever read the lines may be gone; the work is done as a whole, and the exit code has to be right.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);
process.exitCode = await runErase(process.argv.slice(2), process.env, process);
