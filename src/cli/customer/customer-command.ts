import { CommanderError, type Command } from 'commander';
import { newCommand } from '../new-command.js';
import { refuseRepeated } from '../refuse-repeated.js';
import { find, merge, preview, undo, update, type Means } from './commands.js';
import { addConnectionOptions, readConnection, type ConnectionOptions } from './connection-options.js';
import { CustomerCommandFault } from './fault.js';
import {
  addIdentifierOptions,
  addInputOptions,
  readInput,
  type Identifiers,
  type InputOptions,
} from './input-options.js';
import { createReport } from './report.js';
import type { Terminal } from './terminal.js';

interface CommonOptions extends ConnectionOptions {
  readonly json?: true;
}

/**
 * `customer find|preview|update|merge|undo` over the API of a running service; answers the exit code: 0 where it succeeded,
 * 1 where the service refused it, 2 where it could not be asked.
 */
export async function runCustomer(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  terminal: Terminal,
): Promise<number> {
  const report = createReport(terminal, env);
  const outcome = { isSuccess: false };
  const program = createProgram(terminal, async (options, work) => {
    const connection = await readConnection(options, env, terminal);
    outcome.isSuccess = await work({ connection, report, terminal, isJson: options.json === true });
  });
  try {
    // In place of bytes that are no UTF-8 Node.js hands on this character, and it would be stored.
    if (args.some((arg) => arg.includes('\uFFFD'))) throw new CustomerCommandFault(['An argument is not UTF-8']);
    await program.parseAsync(args, { from: 'user' });
    return outcome.isSuccess ? 0 : 1;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    report.failure(
      error instanceof CustomerCommandFault ? error.lines : [`The answer can't be shown: ${String(error)}`],
    );
    return 2;
  }
}

type Run = (options: CommonOptions, work: (means: Means) => Promise<boolean>) => Promise<void>;

function createProgram(terminal: Terminal, run: Run): Command {
  const program = newCommand('customer', terminal).description(
    'Finds, updates and merges customers over the API of a running service.',
  );
  const add = (name: string, description: string): Command =>
    addConnectionOptions(program.command(name).description(description)).option(
      '--json',
      'the payload alone, for programs',
    );

  addIdentifierOptions(add('find', 'Shows the customer that one identifier or id finds.'))
    .option('--audit', 'its audit log too')
    .option('--ledger', 'its ledger too')
    .action(({ audit, ledger, ...options }: CommonOptions & Identifiers & { audit?: true; ledger?: true }) =>
      run(options, (means) => find(means, identifiersOf(options), { audit: audit === true, ledger: ledger === true })),
    );
  addInputOptions(add('preview', 'Shows what the same update would do, and stores nothing.')).action(
    (options: CommonOptions & InputOptions) => run(options, (means) => preview(means, readInput(options))),
  );
  addInputOptions(add('update', 'Updates a customer. Two identifiers of two customers merge them.')).action(
    (options: CommonOptions & InputOptions) => run(options, (means) => update(means, readInput(options))),
  );
  addIdentifierOptions(
    add('merge', 'Merges the customers that the identifiers find, after it has shown what that does.'),
  )
    .option('-y, --yes', 'without asking')
    .action(({ yes, ...options }: CommonOptions & Identifiers & { yes?: true }) =>
      run(options, (means) => merge(means, identifiersOf(options), yes === true)),
    );
  add('undo', 'Takes a merge back.')
    .argument('<merge-id>')
    .action((mergeId: string, options: CommonOptions) => run(options, (means) => undo(means, mergeId)));
  refuseRepeated(program);
  return program;
}

const identifiersOf = ({ id, mobile, email, externalId }: Identifiers): Identifiers => ({
  ...(id !== undefined && { id }),
  ...(mobile !== undefined && { mobile }),
  ...(email !== undefined && { email }),
  ...(externalId !== undefined && { externalId }),
});
