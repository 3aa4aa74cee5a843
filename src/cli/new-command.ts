import { Command } from 'commander';

/** Where a command writes; `process` is one. */
export interface Streams {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/** A command that writes to these streams, and throws a CommanderError where it would end the process. */
export const newCommand = (name: string, { stdout, stderr }: Streams): Command =>
  new Command(name).exitOverride().configureOutput({
    writeOut: (text) => stdout.write(text),
    writeErr: (text) => stderr.write(text),
  });
