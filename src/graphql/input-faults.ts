import {
  BREAK,
  GraphQLError,
  Kind,
  TypeInfo,
  coerceInputValue,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  isScalarType,
  typeFromAST,
  visit,
  visitWithTypeInfo,
  type ASTNode,
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type VariableDefinitionNode,
} from 'graphql';

// graphql-js repeats the bad value in each of its messages about one, and values are people's data. Here the same faults
// are put by place and expectation alone.

type Path = readonly (string | number)[];

/** As many as graphql-js lists; a request of a megabyte could have a hundred thousand. */
const MOST_FAULTS = 50;

const A_NAME = /^[_A-Za-z][_0-9A-Za-z]{0,63}$/;

const EXPECTED: Readonly<Record<string, string>> = {
  Int: 'a whole number from -2147483648 to 2147483647',
  Float: 'a number',
  String: 'a string',
  Boolean: 'true or false',
  ID: 'a string or a whole number',
};

const LITERALS: ReadonlySet<string> = new Set([
  Kind.INT,
  Kind.FLOAT,
  Kind.STRING,
  Kind.BOOLEAN,
  Kind.NULL,
  Kind.ENUM,
  Kind.LIST,
  Kind.OBJECT,
]);

/**
 * Every fault of the variables, in the order of their definitions, such as `Variable "$input" at "input.registeredOn":
 * expected an instant …`. No message holds a value, nor a key of the client's unless it looks like a field's name.
 */
export function variableFaults(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): GraphQLError[] {
  const faults: GraphQLError[] = [];
  for (const definition of operation.variableDefinitions ?? []) {
    for (const message of faultsOf(schema, definition, variables, MOST_FAULTS - faults.length)) {
      faults.push(new GraphQLError(message, { nodes: definition, extensions: { code: 'BAD_USER_INPUT' } }));
    }
  }
  return faults;
}

function faultsOf(
  schema: GraphQLSchema,
  definition: VariableDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
  most: number,
): string[] {
  const name = definition.variable.name.value;
  const type = typeFromAST(schema, definition.type);
  if (!isInputType(type) || most === 0) return [];
  const given = Object.hasOwn(variables, name);
  if (!given) {
    const isMissing = isNonNullType(type) && definition.defaultValue === undefined;
    return isMissing ? [`Variable "$${name}" is required, of type ${String(type)}`] : [];
  }
  const messages: string[] = [];
  const enough = new Error();
  try {
    coerceInputValue(variables[name], type, (path, value, { message }) => {
      const place = path.length === 0 ? '' : ` at "${name}${printPath(path)}"`;
      messages.push(`Variable "$${name}"${place}: ${describe(typeAt(type, path), value, message)}`);
      if (messages.length === most) throw enough;
    });
  } catch (error) {
    if (error !== enough) throw error;
  }
  return messages;
}

function describe(type: GraphQLInputType, value: unknown, message: string): string {
  if (value === null || value === undefined) return `must not be null, ${expectation(type)}`;
  const named = getNamedType(type);
  if (!isInputObjectType(named) || typeof value !== 'object' || Array.isArray(value)) return expectation(type);
  // An object with a field too few or too many: graphql-js says which in its message only.
  const [, name = ''] = /^Field "(\w+)" of required type "[^"]*" was not provided\.$/.exec(message) ?? [];
  const missing = named.getFields()[name];
  if (missing !== undefined) return `field "${name}" is required, of type ${String(missing.type)}`;
  const [, key = ''] = /^Field "(.*)" is not defined by type /s.exec(message) ?? [];
  return `has ${A_NAME.test(key) ? `"${key}"` : 'a field'}, which ${named.name} does not define`;
}

function typeAt(type: GraphQLInputType, path: Path): GraphQLInputType {
  let found = type;
  for (const step of path) {
    const nullable = getNullableType(found);
    if (typeof step === 'number') {
      if (isListType(nullable)) found = nullable.ofType;
    } else {
      // A value that stands for a list of one has no index in the path.
      const object = getNamedType(nullable);
      const field = isInputObjectType(object) ? object.getFields()[step] : undefined;
      if (field !== undefined) found = field.type;
    }
  }
  return found;
}

function expectation(type: GraphQLInputType): string {
  const named = getNamedType(type);
  if (isEnumType(named)) {
    const names = named.getValues().map((value) => value.name);
    return `expected one of ${names.join(', ')}`;
  }
  const expected = isScalarType(named) ? (named.extensions.expects ?? EXPECTED[named.name]) : undefined;
  return `expected ${expected ?? (isInputObjectType(named) ? `an object of type ${named.name}` : named.name)}`;
}

function printPath(path: Path): string {
  return path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('');
}

/**
 * Takes the value out of the messages of validation errors about a literal, such as `Argument "input" at
 * "input.registeredOn": expected an instant …`. Changes the errors themselves, which are not anybody else's yet.
 */
export function redactLiterals(schema: GraphQLSchema, document: DocumentNode, errors: readonly Error[]): void {
  for (const error of errors) {
    const node = error instanceof GraphQLError ? error.nodes?.[0] : undefined;
    if (node === undefined || !LITERALS.has(node.kind)) continue;
    const { name, type } = placeOf(schema, document, node);
    // That an object lacks a field: nothing but names of the schema in it.
    if (type !== null && node.kind === Kind.OBJECT && isInputObjectType(getNamedType(type))) continue;
    const expected = type === null ? 'not a value of its type' : expectation(type);
    error.message = `${name}: ${node.kind === Kind.NULL ? 'must not be null, ' : ''}${expected}`;
  }
}

interface Place {
  readonly name: string;
  readonly type: GraphQLInputType | null;
}

function placeOf(schema: GraphQLSchema, document: DocumentNode, literal: ASTNode): Place {
  const typeInfo = new TypeInfo(schema);
  let place: Place = { name: 'A value', type: null };
  visit(
    document,
    visitWithTypeInfo(typeInfo, {
      enter(node, _key, parent, _path, ancestors) {
        if (node !== literal) return;
        const within = [...ancestors, parent].flatMap((above) => (above && 'kind' in above ? [above] : []));
        place = { name: nameOf([...within, node]), type: typeInfo.getInputType() ?? null };
        return BREAK;
      },
    }),
  );
  return place;
}

/** `Argument "input" at "input.tags[1]"`, from the nodes that lead to the literal. */
function nameOf(nodes: readonly ASTNode[]): string {
  let name = 'A value';
  let root = '';
  const path: (string | number)[] = [];
  for (const [index, node] of nodes.entries()) {
    if (node.kind === Kind.ARGUMENT) {
      root = node.name.value;
      name = `Argument "${root}"`;
    } else if (node.kind === Kind.VARIABLE_DEFINITION) {
      root = node.variable.name.value;
      name = `The default of "$${root}"`;
    } else if (node.kind === Kind.OBJECT_FIELD) {
      path.push(node.name.value);
    } else if (node.kind === Kind.LIST) {
      const inner = nodes[index + 1];
      if (inner !== undefined) path.push(node.values.findIndex((value) => value === inner));
    }
  }
  return path.length === 0 ? name : `${name} at "${root}${printPath(path)}"`;
}
