import {
  GraphQLError,
  visit,
  type DefinitionNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type FragmentSpreadNode,
  type ValidationRule,
} from 'graphql';
import type { DocumentLimits } from '../settings.js';
import { fragmentsOf } from './root-fields.js';

/** Blank lines, comments and the lines of block strings included. */
const LINES_PER_TOKEN = 10;

/**
 * The rule that refuses, with one error, a document that graphql-js's own rules can't take: of fragments that spread themselves
 * they compare so many pairs within one another that the stack overflows, and for each of a hundred errors they count the
 * lines before it.
 */
export function refuseUnbounded({ tokens }: Pick<DocumentLimits, 'tokens'>): ValidationRule {
  return (context) => {
    const document = context.getDocument();
    const error = tooManyLines(document, tokens * LINES_PER_TOKEN) ?? cycleOfFragments(document);
    if (error !== null) {
      context.reportError(error);
      // Nothing else stops the other rules: now there is nothing that they could look at.
      (document.definitions as DefinitionNode[]).length = 0;
    }
    return {};
  };
}

function tooManyLines({ loc }: DocumentNode, most: number): GraphQLError | null {
  const body = loc?.source.body ?? '';
  const lineEnd = /\r\n|[\n\r]/g;
  let lines = 1;
  while (lines <= most && lineEnd.test(body)) lines += 1;
  if (lines <= most) return null;
  return new GraphQLError(
    `The document has too many lines; at most ${most}, ${LINES_PER_TOKEN} times as many as tokens (MAX_TOKENS)`,
  );
}

function cycleOfFragments(document: DocumentNode): GraphQLError | null {
  const fragments = fragmentsOf(document);
  const names: string[] = [];
  const path: FragmentSpreadNode[] = [];

  function follow(name: string): FragmentSpreadNode[] | null {
    const fragment = fragments.get(name);
    if (fragment === undefined) return null;
    // Each once: what it leads to is the same wherever it is spread.
    fragments.delete(name);
    names.push(name);
    for (const spread of spreadsIn(fragment)) {
      const begun = names.indexOf(spread.name.value);
      path.push(spread);
      const cycle = begun === -1 ? follow(spread.name.value) : path.slice(begun);
      if (cycle !== null) return cycle;
      path.pop();
    }
    names.pop();
    return null;
  }
  for (const name of [...fragments.keys()]) {
    const cycle = follow(name);
    if (cycle !== null) return withinItself(cycle);
  }
  return null;
}

function spreadsIn(fragment: FragmentDefinitionNode): FragmentSpreadNode[] {
  const spreads: FragmentSpreadNode[] = [];
  visit(fragment, {
    FragmentSpread(spread) {
      spreads.push(spread);
    },
  });
  return spreads;
}

/** In the words of graphql-js. */
function withinItself(cycle: readonly FragmentSpreadNode[]): GraphQLError {
  const [name = '', ...others] = cycle.map((spread) => JSON.stringify(spread.name.value)).reverse();
  const via = others.length === 0 ? '' : ` via ${others.reverse().join(', ')}`;
  return new GraphQLError(`Cannot spread fragment ${name} within itself${via}.`, { nodes: cycle });
}
