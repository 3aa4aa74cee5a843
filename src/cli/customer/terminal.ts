import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/** Where a command that may ask reads and writes; `process` is one. */
export interface Terminal {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/** Whether somebody is there who sees a question and can answer it. */
export const canAsk = ({ stdin, stderr }: Terminal): boolean => stdin.isTTY === true && stderr.isTTY === true;

/** Asks a question that only y or yes answers with yes. */
export async function askYes(terminal: Terminal, question: string): Promise<boolean> {
  const answer = await ask(terminal, `${question} [y/N] `, terminal.stderr);
  return /^\s*y(es)?\s*$/i.test(answer);
}

/** Asks for what nobody should see: nothing of it is shown. */
export async function askSecret(terminal: Terminal, question: string): Promise<string> {
  const nowhere = new Writable({
    write(_chunk, _encoding, done) {
      done();
    },
  });
  terminal.stderr.write(question);
  const secret = await ask(terminal, '', nowhere);
  terminal.stderr.write('\n');
  return secret;
}

/** One line; empty where the input ends instead. */
async function ask({ stdin }: Terminal, question: string, output: NodeJS.WritableStream): Promise<string> {
  const lines = createInterface({ input: stdin, output, terminal: true });
  const ended = new Promise<string>((resolve) => {
    lines.once('close', () => {
      resolve('');
    });
  });
  try {
    return await Promise.race([lines.question(question), ended]);
  } finally {
    lines.close();
  }
}
