import { GraphQLError, visit, type DocumentNode } from 'graphql';
import { objectsWithin } from '../values/objects-within.js';

/** What the log may hold of an error. */
export interface LoggableError {
  readonly type: string;
  readonly code?: string | number;
  readonly message: string;
  readonly frames: readonly string[];
}

// Shorter ones are no one's, and taking each "a" out of a message would leave nothing of it.
const SHORTEST_VALUE = 3;

/**
 * The error without what it may quote of a request: people's data. The message loses what stands in double quotes (where
 * JSON.parse and databases put values) and each of `values`. Of the other properties, in which database drivers keep
 * statements and parameters, only the code is taken; where it has none, that of its cause.
 */
export function loggableError(error: unknown, values: ReadonlySet<string> = new Set()): LoggableError {
  if (!(error instanceof Error)) return { type: typeof error, message: 'Not an Error', frames: [] };
  const code = codeOf(error) ?? codeOf(error.cause);
  return {
    type: error.constructor.name,
    ...(code === undefined ? {} : { code }),
    // What graphql-js cannot put into an answer, it quotes in its own way: String cannot represent value: { … }
    message: redact(error instanceof GraphQLError ? error.message.replace(/: .*/s, '') : error.message, values),
    frames: (error.stack ?? '').split('\n').flatMap((line) => /^\s+at (.*)/.exec(line)?.[1] ?? []),
  };
}

function codeOf(error: unknown): string | number | undefined {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' || typeof code === 'number' ? code : undefined;
}

/** Every value that a request brought, as it would stand in a message: of its variables and in its document. */
export function valuesOf(variables: unknown, document: DocumentNode | undefined): ReadonlySet<string> {
  const values = new Set<string>();
  const add = ({ value }: { readonly value: string }) => {
    values.add(value);
  };
  for (const one of objectsWithin([variables])) {
    for (const value of Object.values(one) as unknown[]) {
      if (typeof value === 'string' || typeof value === 'number') values.add(String(value));
    }
  }
  if (document !== undefined) visit(document, { StringValue: add, IntValue: add, FloatValue: add, EnumValue: add });
  return values;
}

function redact(message: string, values: ReadonlySet<string>): string {
  const longestFirst = [...values]
    .filter((value) => value.length >= SHORTEST_VALUE && message.includes(value))
    .sort((one, other) => other.length - one.length);
  let redacted = message;
  for (const value of longestFirst) redacted = redacted.replaceAll(value, '…');
  return redacted.replace(/".*"/gs, '"…"');
}
