import {
  GraphQLError,
  Kind,
  type DocumentNode,
  type SelectionNode,
  type SelectionSetNode,
  type ValidationRule,
} from 'graphql';
import type { DocumentLimits } from '../settings.js';
import { fragmentsOf } from './root-fields.js';

/** What a selection set asks for, fragments followed, each use counted. `fields` are those of its own level. */
interface Size {
  readonly depth: number;
  readonly fields: number;
  readonly aliases: number;
  readonly directives: number;
  /** How deep lists of introspection stand within one another: anywhere, and below `__schema` and `__type`. */
  readonly lists: number;
  readonly introspection: number;
}

const NOTHING: Size = { depth: 0, fields: 0, aliases: 0, directives: 0, lists: 0, introspection: 0 };

/** The fields of introspection that lead from one type to many, and from each of those to many again. */
const TYPE_LISTS: ReadonlySet<string> = new Set(['fields', 'inputFields', 'interfaces', 'possibleTypes']);
const INTROSPECTION: ReadonlySet<string> = new Set(['__schema', '__type']);

// Thirty fragments that each spread the next one twice are a thousand million uses: more than anybody wants to read.
const A_MILLION = 1_000_000;

/**
 * The rule that holds a document to the limits on depth, aliases, root fields, directives and introspection within
 * introspection, which otherwise counts like anything else. A document of several operations is measured as a whole: the
 * deepest, and the sums of the rest. Each limit that is passed is one validation error, which names the limit and its
 * variable.
 */
export function documentLimits(limits: DocumentLimits): ValidationRule {
  return (context) => ({
    Document(document) {
      const { depth, fields, aliases, directives, introspection } = measureDocument(document);
      const refuse = (is: string, most: number, variable: string) => {
        context.reportError(new GraphQLError(`The document ${is}; at most ${most} (${variable})`));
      };
      if (depth > limits.depth) refuse(`is ${depth} levels deep`, limits.depth, 'MAX_DEPTH');
      if (aliases > limits.aliases) refuse(`has ${count(aliases)} aliases`, limits.aliases, 'MAX_ALIASES');
      if (fields > limits.rootFields) refuse(`has ${count(fields)} root fields`, limits.rootFields, 'MAX_ROOT_FIELDS');
      if (directives > limits.directives) {
        refuse(`has ${count(directives)} directives`, limits.directives, 'MAX_DIRECTIVES');
      }
      if (introspection > limits.introspectionDepth) {
        const is = `has lists of introspection ${introspection} deep within one another`;
        refuse(is, limits.introspectionDepth, 'MAX_INTROSPECTION_DEPTH');
      }
    },
  });
}

/** Refuses an operation that the schema has no root for: graphql-js lets one pass, and then has nothing to execute. */
export const knownOperations: ValidationRule = (context) => ({
  OperationDefinition(node) {
    if (context.getSchema().getRootType(node.operation)) return;
    context.reportError(new GraphQLError(`There are no ${node.operation}s here`, { nodes: node }));
  },
});

function measureDocument(document: DocumentNode): Size {
  const measure = createMeasure(document);
  let size = NOTHING;
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    size = merge(size, measure(definition.selectionSet));
    const onVariables = (definition.variableDefinitions ?? []).map((variable) => variable.directives?.length ?? 0);
    size = withDirectives(size, sum(onVariables) + (definition.directives?.length ?? 0));
  }
  return size;
}

/** Measures each fragment once, however often it is used: else a few of them could ask for years of work. */
function createMeasure(document: DocumentNode): (selections: SelectionSetNode) => Size {
  const fragments = fragmentsOf(document);
  const measured = new Map<string, Size>();

  function ofSet({ selections }: SelectionSetNode): Size {
    return selections.reduce((size, selection) => merge(size, ofSelection(selection)), NOTHING);
  }
  function ofSelection(selection: SelectionNode): Size {
    const size = selection.kind === Kind.FRAGMENT_SPREAD ? ofFragment(selection.name.value) : ofNested(selection);
    return withDirectives(size, selection.directives?.length ?? 0);
  }
  function ofNested(selection: Exclude<SelectionNode, { kind: Kind.FRAGMENT_SPREAD }>): Size {
    const inner = selection.selectionSet === undefined ? NOTHING : ofSet(selection.selectionSet);
    if (selection.kind === Kind.INLINE_FRAGMENT) return inner;
    const aliases = inner.aliases + (selection.alias === undefined ? 0 : 1);
    const lists = inner.lists + (TYPE_LISTS.has(selection.name.value) ? 1 : 0);
    const introspection = INTROSPECTION.has(selection.name.value) ? lists : inner.introspection;
    return { ...inner, depth: inner.depth + 1, fields: 1, aliases, lists, introspection };
  }
  function ofFragment(name: string): Size {
    const known = measured.get(name);
    if (known !== undefined) return known;
    const fragment = fragments.get(name);
    // Also ends a cycle: within itself a fragment counts nothing. That it is one is another rule's to say.
    measured.set(name, NOTHING);
    if (fragment === undefined) return NOTHING;
    const size = withDirectives(ofSet(fragment.selectionSet), fragment.directives?.length ?? 0);
    measured.set(name, size);
    return size;
  }
  return ofSet;
}

function merge(one: Size, other: Size): Size {
  return {
    depth: Math.max(one.depth, other.depth),
    fields: one.fields + other.fields,
    aliases: one.aliases + other.aliases,
    directives: one.directives + other.directives,
    lists: Math.max(one.lists, other.lists),
    introspection: Math.max(one.introspection, other.introspection),
  };
}

function withDirectives(size: Size, directives: number): Size {
  return directives === 0 ? size : { ...size, directives: size.directives + directives };
}

const count = (number: number) => (number < A_MILLION ? String(number) : 'a million or more');
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
