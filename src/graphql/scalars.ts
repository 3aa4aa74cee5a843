import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import { formatDecimal, readDecimal } from '../values/decimal.js';
import { formatInstant, isInstantForm } from '../values/instant.js';

declare module 'graphql' {
  interface GraphQLScalarTypeExtensions {
    /** What a value must look like, as it stands after "expected" in an error. */
    expects?: string;
  }
}

const AN_INSTANT = 'an instant such as 2016-09-11T11:11:11Z or 2016-09-11 11:11:11';
const A_DECIMAL = 'a decimal as a string, with at most three places, such as "-40.11"';

/**
 * Takes the text of an instant as given, since a local time needs the organization's time zone, which the schema does
 * not know; `readInstant` resolves it. Answers an `Instant`. A text that can be no instant is BAD_USER_INPUT, and is not
 * repeated.
 */
export const DateTime = new GraphQLScalarType<string, string>({
  name: 'DateTime',
  description:
    "An instant. Accepts RFC 3339 (2016-09-11T11:11:11Z) and the v1.1 form 2016-09-11 11:11:11, read in the organization's time zone. Returns RFC 3339 in UTC.",
  extensions: { expects: AN_INSTANT },
  serialize(value) {
    if (typeof value !== 'number' || !Number.isFinite(value)) throw new TypeError('Not an Instant');
    return formatInstant(value);
  },
  parseValue: (value) => readText(value, readInstantForm, AN_INSTANT),
  parseLiteral: (node) => readText(textOf(node), readInstantForm, AN_INSTANT, node),
});

/** Takes and answers exact figures as text, in memory `Thousandths`. */
export const Decimal = new GraphQLScalarType<bigint, string>({
  name: 'Decimal',
  description:
    'An exact decimal carried as a string, at most three decimals, canonical: 2280, 0.5, -40.11. Never a float.',
  extensions: { expects: A_DECIMAL },
  serialize(value) {
    if (typeof value !== 'bigint') throw new TypeError('Not a figure in thousandths');
    return formatDecimal(value);
  },
  parseValue: (value) => readText(value, readDecimal, A_DECIMAL),
  parseLiteral: (node) => readText(textOf(node), readDecimal, A_DECIMAL, node),
});

const readInstantForm = (text: string) => (isInstantForm(text) ? text : null);

function textOf(node: ValueNode): string | null {
  return node.kind === Kind.STRING ? node.value : null;
}

/** What the reader makes of the text. The message of the error has no value in it: it may be a person's. */
function readText<T>(value: unknown, reader: (text: string) => T | null, expects: string, node?: ValueNode): T {
  const read = typeof value === 'string' ? reader(value) : null;
  if (read !== null) return read;
  throw new GraphQLError(`Expected ${expects}`, { nodes: node ?? null, extensions: { code: 'BAD_USER_INPUT' } });
}
