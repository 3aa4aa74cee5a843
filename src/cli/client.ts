import 'reflect-metadata';
import { runClient } from './client-command.js';

process.exitCode = await runClient(process.argv.slice(2), process.env, process);
