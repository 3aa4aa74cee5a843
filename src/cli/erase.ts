import 'reflect-metadata';
import { runErase } from './erase-command.js';

process.exitCode = await runErase(process.argv.slice(2), process.env, process);
