import { runCustomer } from './customer/customer-command.js';

// Whoever read the lines may have seen enough; the exit code still has to be right.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);
process.exitCode = await runCustomer(process.argv.slice(2), process.env, process);
