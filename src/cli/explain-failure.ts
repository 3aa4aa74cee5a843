import { DatabaseRefused } from '../database/database-refused.js';
import { CommitUnknown, InTheWay } from '../database/unavailable.js';
import { SettingsError } from '../settings.js';

/**
 * Why a command that writes has failed, one line for each fault, and never a stack. `nothing` says what did not come of it:
 * "nothing was imported". Errors of the kinds in `refusals` say all themselves.
 */
export function explainFailure(
  error: unknown,
  nothing: string,
  refusals: readonly (abstract new (...parts: never[]) => Error)[] = [],
): string[] {
  if (error instanceof SettingsError) return [...error.lines];
  const beginning = `${nothing.charAt(0).toUpperCase()}${nothing.slice(1)}`;
  // JSON.parse repeats what it can't read: people's data.
  if (error instanceof SyntaxError) {
    return [`${beginning}: something that is stored can't be read; npm run verify names it`];
  }
  if (!(error instanceof Error)) return [`${beginning}: ${String(error)}`];
  if ([DatabaseRefused, CommitUnknown, ...refusals].some((kind) => error instanceof kind)) return [error.message];
  if ((error as NodeJS.ErrnoException).code === 'SQLITE_BUSY' || error instanceof InTheWay) {
    return [`The database is being written by someone else; ${nothing}, try again`];
  }
  return [`${beginning}: ${error.message}`];
}
