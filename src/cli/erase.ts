import 'reflect-metadata';
import { runErase } from './erase-command.js';

// Whoever read the lines may have seen enough; what was begun still has to be done, and the exit code to be right.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);
process.exitCode = await runErase(process.argv.slice(2), process.env, process);
