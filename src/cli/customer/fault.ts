/** What keeps a command from being carried out at all: wrong usage, credentials, a service that is not there. */
export class CustomerCommandFault extends Error {
  constructor(
    /** Each is one line. */
    readonly lines: readonly string[],
    /** Whether the service may have done what it was asked for, and only its answer is missing. */
    readonly mayBeDone = false,
  ) {
    super(lines.join('\n'));
  }
}
