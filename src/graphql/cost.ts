import {
  getNamedType,
  getNullableType,
  isCompositeType,
  isListType,
  isObjectType,
  isInterfaceType,
  Kind,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  type DocumentNode,
  type FieldNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import { batchTooLarge } from './caller-error.js';
import { createEntryCounter } from './entry-counter.js';
import { fragmentsOf, rootFieldNodes } from './root-fields.js';
import type { SizedBy } from './sized-by.js';

/** An operation of a valid document, as it is called. */
export interface CalledOperation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Of lists that are sized by the input, what an entry costs, by the fields' names. */
type Given = Readonly<Record<string, number>>;

/**
 * What a selection set costs: `once` for its own fields, `each` for one entry of every list directly in it, `given` for
 * one entry of each list that is sized by the input, wherever it stands in the set.
 */
interface Cost {
  readonly once: number;
  readonly each: number;
  readonly given: Given;
}

const NONE_GIVEN: Given = {};
const NOTHING: Cost = { once: 0, each: 0, given: NONE_GIVEN };

/** Of lists of which nobody says how long they are: programs, fields, changes. Most are shorter, and each is somebody's data. */
export const ENTRIES = 5;

const META_FIELDS: Readonly<Record<string, GraphQLField<unknown, unknown>>> = {
  __schema: SchemaMetaFieldDef,
  __type: TypeMetaFieldDef,
};

/**
 * What the operation may cost: each field 1, those of a list as often as it may have entries. Where a field is `sizedBy`
 * an argument, that says how many, else 5 are assumed, beside those of `sizedByInput`. Fragments count with each use.
 * Throws BATCH_TOO_LARGE where the argument is a list of more than its field takes: long before all of it is read.
 */
export function costOf(called: CalledOperation): number {
  const { schema, operation } = called;
  const root = schema.getRootType(operation.operation);
  if (root == null) return 0;
  return total(createMeasure(called, createEntryCounter(called))(operation.selectionSet, root), ENTRIES);
}

/** What each entry costs of the list that is being resolved. */
export function costOfEntry({ schema, operation, fragments, variableValues, ...resolved }: GraphQLResolveInfo): number {
  const document = { kind: Kind.DOCUMENT, definitions: [operation, ...Object.values(fragments)] } as const;
  const called = { schema, document, operation, variables: variableValues };
  const measure = createMeasure(called, createEntryCounter(called));
  const entry = getNamedType(resolved.returnType);
  return resolved.fieldNodes.reduce(
    (sum, { selectionSet }) => sum + (selectionSet === undefined ? 0 : total(measure(selectionSet, entry), ENTRIES)),
    1,
  );
}

/**
 * How many items the operation asks for: each root field is one, one that is `sizedBy` a list as many as that has. A field
 * that is selected twice under one name is answered once.
 */
export function itemsOf(called: CalledOperation): number {
  const { schema, document, operation } = called;
  const root = schema.getRootType(operation.operation);
  const items = new Map<string, number>();
  for (const node of rootFieldNodes(document, operation)) {
    const field = fieldOf(root, node);
    const size = field === undefined ? null : sizeOf(field, node, called);
    items.set((node.alias ?? node.name).value, Math.max(1, size ?? 1));
  }
  return [...items.values()].reduce((sum, number) => sum + number, 0);
}

/** Measures each fragment once, however often it is used. */
function createMeasure(
  called: CalledOperation,
  countEntries: (node: ValueNode) => number,
): (selections: SelectionSetNode, parent: GraphQLNamedType) => Cost {
  const fragments = fragmentsOf(called.document);
  const measured = new Map<string, Cost>();

  function ofSet({ selections }: SelectionSetNode, parent: GraphQLNamedType): Cost {
    return selections.reduce<Cost>((sum, selection) => {
      const cost =
        selection.kind === Kind.FIELD
          ? ofField(selection, parent)
          : selection.kind === Kind.INLINE_FRAGMENT
            ? ofSet(selection.selectionSet, typeOf(selection.typeCondition?.name.value) ?? parent)
            : ofFragment(selection.name.value);
      return { once: sum.once + cost.once, each: sum.each + cost.each, given: together(sum.given, cost.given) };
    }, NOTHING);
  }
  function ofField(node: FieldNode, parent: GraphQLNamedType): Cost {
    const field = fieldOf(parent, node);
    if (field === undefined || node.selectionSet === undefined) return { ...NOTHING, once: 1 };
    const inner = ofSet(node.selectionSet, getNamedType(field.type));
    const own = 1 + total(inner, sizeOf(field, node, called) ?? ENTRIES);
    const cost = own + (inner.given === NONE_GIVEN ? 0 : mostOf(inner.given) * entriesGiven(node));
    // Up to the field that has the arguments.
    const left = field.args.length > 0 ? NONE_GIVEN : inner.given;
    const given = field.extensions['isSizedByInput'] === true ? together(left, { [field.name]: cost }) : left;
    return isListType(getNullableType(field.type)) ? { once: 0, each: cost, given } : { once: cost, each: 0, given };
  }
  function entriesGiven({ arguments: given = [] }: FieldNode): number {
    return given.reduce((sum, { value }) => sum + countEntries(value), 0);
  }
  function ofFragment(name: string): Cost {
    const known = measured.get(name);
    if (known !== undefined) return known;
    const fragment = fragments.get(name);
    const type = typeOf(fragment?.typeCondition.name.value);
    const cost = fragment === undefined || type === undefined ? NOTHING : ofSet(fragment.selectionSet, type);
    measured.set(name, cost);
    return cost;
  }
  function typeOf(name: string | undefined): GraphQLNamedType | undefined {
    const type = name === undefined ? undefined : called.schema.getType(name);
    return isCompositeType(type) ? type : undefined;
  }
  return ofSet;
}

function together(one: Given, other: Given): Given {
  if (one === NONE_GIVEN) return other;
  if (other === NONE_GIVEN) return one;
  const names = Object.keys({ ...one, ...other });
  return Object.fromEntries(names.map((name) => [name, (one[name] ?? 0) + (other[name] ?? 0)]));
}

/**
 * An entry of the input is told in one of the lists only: what has changed something is no fault, and what was left out
 * has changed nothing.
 */
const mostOf = (given: Given): number => Math.max(...Object.values(given));

const total = ({ once, each }: Cost, entries: number): number => once + each * entries;

function fieldOf(
  parent: GraphQLNamedType | undefined | null,
  { name: { value: name } }: FieldNode,
): GraphQLField<unknown, unknown> | undefined {
  const fields = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields() : {};
  return fields[name] ?? META_FIELDS[name];
}

/** How many entries the lists directly below the field have; null where no argument says so. */
function sizeOf(
  field: GraphQLField<unknown, unknown>,
  { arguments: given = [] }: FieldNode,
  { operation, variables }: CalledOperation,
): number | null {
  const sized = field.extensions['sizedBy'] as SizedBy | undefined;
  if (sized === undefined) return null;
  const node = given.find(({ name }) => name.value === sized.argument)?.value;
  const value = node === undefined ? undefined : valueOf(node, operation, variables);
  if (value === undefined) {
    const fallback: unknown = field.args.find(({ name }) => name === sized.argument)?.defaultValue;
    return typeof fallback === 'number' ? fallback : 0;
  }
  if (typeof value === 'number') return Math.min(Math.max(value, 0), sized.most);
  if (Array.isArray(value) && value.length > sized.most) {
    throw batchTooLarge(`${field.name} takes at most ${sized.most} items at once, not ${value.length}`);
  }
  if (Array.isArray(value)) return value.length;
  // What is no list stands for a list of one.
  return value === null ? 0 : 1;
}

/** The value of an argument, as far as its size goes: a list has entries, which are whatever. */
function valueOf(
  node: ValueNode,
  operation: OperationDefinitionNode,
  variables: CalledOperation['variables'],
): unknown {
  if (node.kind === Kind.INT) return Number(node.value);
  if (node.kind === Kind.LIST) return node.values;
  if (node.kind === Kind.NULL) return null;
  if (node.kind !== Kind.VARIABLE) return {};
  const name = node.name.value;
  if (Object.hasOwn(variables, name)) return variables[name];
  const fallback = operation.variableDefinitions?.find(({ variable }) => variable.name.value === name)?.defaultValue;
  return fallback === undefined ? undefined : valueOf(fallback, operation, variables);
}
