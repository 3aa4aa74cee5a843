import { Option, type Command } from 'commander';
import { CustomerCommandFault } from './fault.js';
import type { Connection } from './request.js';
import { askSecret, canAsk, type Terminal } from './terminal.js';

export interface ConnectionOptions {
  readonly url?: string;
  readonly client?: string;
}

const DEFAULT_URL = 'http://127.0.0.1:4000/graphql';

export const addConnectionOptions = (command: Command): Command =>
  command
    .addOption(new Option('--url <url>', `the API's address; else CUSTOMER_API_URL, else ${DEFAULT_URL}`))
    .addOption(
      new Option(
        '--client <id>',
        'who calls; else CUSTOMER_API_CLIENT. The secret is CUSTOMER_API_SECRET, or asked for',
      ),
    );

/**
 * Where to ask, and as whom. The secret is no option: options are seen by everybody on the machine, and kept in histories.
 * Throws CustomerCommandFault where one of them is missing.
 */
export async function readConnection(
  options: ConnectionOptions,
  env: NodeJS.ProcessEnv,
  terminal: Terminal,
): Promise<Connection> {
  const url = given(options.url) ?? given(env['CUSTOMER_API_URL']) ?? DEFAULT_URL;
  if (!isAddress(url)) {
    throw new CustomerCommandFault(['--url takes an address such as https://customers.example.com/graphql']);
  }
  const client = given(options.client) ?? given(env['CUSTOMER_API_CLIENT']);
  if (client === undefined) throw new CustomerCommandFault(['Say who calls: --client ID, or CUSTOMER_API_CLIENT']);
  const secret =
    given(env['CUSTOMER_API_SECRET']) ?? (canAsk(terminal) ? await askSecret(terminal, `Secret of ${client}: `) : '');
  if (secret === '') throw new CustomerCommandFault([`Give the secret of ${client} as CUSTOMER_API_SECRET`]);
  return { url, client, secret };
}

/** Without credentials, which would be shown with it, and which `fetch` does not send. */
function isAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && username === '' && password === '';
}

const given = (text: string | undefined): string | undefined => (text === '' ? undefined : text);
