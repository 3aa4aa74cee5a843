import 'reflect-metadata';
import { runVerify } from './verify-command.js';

process.exitCode = await runVerify(process.argv.slice(2), process.env, process);
