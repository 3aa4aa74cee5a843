import fc, { type GeneratorValue } from 'fast-check';
import {
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLObjectType,
} from 'graphql';
import { resolverClasses } from '../../src/graphql/resolvers.js';
import { createSchema } from '../../src/graphql/schema.js';
import { oddJson, oddText } from './odd-values.js';
import { words } from './organizations.js';

const schema = createSchema(resolverClasses, new Map());

export interface GraphqlRequest {
  readonly query: string;
  readonly variables: unknown;
  readonly operationName: unknown;
}

const names = ['a', 'b', '__typename', '__proto__', 'constructor', 'customer', 'F', 'Query', 'input'] as const;
const directives = [
  '@include(if: true)',
  '@skip(if: false)',
  '@skip(if: $a)',
  '@include',
  '@nope',
  '@deprecated',
] as const;

/** What stands for somebody or something, by the names of arguments and fields. */
const fitting: Readonly<Record<string, string>> = {
  mobile: words.mobile[0],
  email: words.email[0],
  externalId: words.externalId[0],
  firstname: 'Rita',
  lastname: "O'Hara",
  registeredTill: words.till[0],
  associatedWith: words.till[0],
  name: words.customField[0] ?? '',
};

/** A document along the schema, mostly, with what it says about variables, and the variables. */
export function randomRequest(gen: GeneratorValue): GraphqlRequest {
  const writer = new DocumentWriter(gen);
  const query = mangled(gen, writer.document());
  const variables = isRare(gen, 10) ? gen(() => oddJson) : writer.variables;
  const operationName = isRare(gen, 10) ? gen(() => fc.oneof(fc.constantFrom(...names), oddText, oddJson)) : undefined;
  return { query, variables, operationName };
}

const isRare = (gen: GeneratorValue, one: number): boolean => gen(fc.nat, one - 1) === one - 1;

class DocumentWriter {
  readonly variables: Record<string, unknown> = {};
  private readonly declared = new Map<string, string>();
  /** Else one odd thing or another keeps nearly each document from being executed. */
  private readonly mayBeOdd: boolean;

  constructor(private readonly gen: GeneratorValue) {
    this.mayBeOdd = gen(fc.boolean);
  }

  document(): string {
    const operations = this.isOdd(15) ? 2 : 1;
    const written = Array.from({ length: operations }, (_, index) => this.operation(operations > 1 ? `O${index}` : ''));
    // The fragments that are spread above, each of which may spread others and itself.
    const fragments = ['A', 'B']
      .filter((name) => written.join('').includes(`...${name}`) || this.isOdd(30))
      .map(
        (name) => `fragment ${name} on ${this.pick(['Customer', 'Query', 'Nope'])} ${this.selection(this.customer, 3)}`,
      );
    return [...written, ...fragments].join('\n');
  }

  private get customer(): GraphQLObjectType {
    return schema.getType('Customer') as GraphQLObjectType;
  }

  private operation(name: string): string {
    const kind = this.pick(['query', 'query', 'mutation', this.isOdd(20) ? 'subscription' : 'query'] as const);
    const root = schema.getType(kind === 'mutation' ? 'Mutation' : 'Query') as GraphQLObjectType;
    this.declared.clear();
    const selection = this.selection(root, 0);
    const declarations = [...this.declared].map(([variable, type]) => `$${variable}: ${type}`);
    const declaration = declarations.length === 0 ? '' : `(${declarations.join(', ')})`;
    return `${kind} ${name}${declaration} ${selection}`;
  }

  private selection(type: GraphQLObjectType, depth: number): string {
    const fields = Object.values(type.getFields());
    const count = 1 + this.gen(fc.nat, depth === 0 ? 1 : 3);
    const parts = Array.from({ length: count }, () => {
      if (this.isOdd(25)) return this.oddSelection(type, depth);
      const field = this.pick(fields);
      const inner = getNamedType(field.type);
      const alias = this.isOdd(6) ? `${this.pick(names)}: ` : '';
      const directive = this.isOdd(15) ? ` ${this.pick(directives)}` : '';
      const nested = isObjectType(inner) && !this.isOdd(40) ? ` ${this.selection(inner, depth + 1)}` : '';
      return `${alias}${field.name}${this.args(field.args)}${directive}${nested}`;
    });
    return `{ ${parts.join(' ')} }`;
  }

  private oddSelection(type: GraphQLObjectType, depth: number): string {
    const deep = this.pick([1, 17, 400]);
    return this.pick([
      '__typename',
      '...A',
      '...B',
      `... on ${type.name} { __typename }`,
      depth > 8 ? '...A' : `... ${this.pick(directives)} ${this.selection(type, depth + 1)}`,
      `${this.pick(names)} { ${this.pick(names)} }`,
      '__schema { types { name fields { name args { name } } } }',
      '__type(name: "Customer") { name }',
      `${'a { '.repeat(deep)}b${' }'.repeat(deep)}`,
      'customer '.repeat(this.pick([2, 50, 700])),
    ]);
  }

  private args(args: readonly GraphQLArgument[]): string {
    const others = args.filter((argument) => !isRequiredArgument(argument));
    // Of what says who is meant only one may be given.
    const one = others.length === 0 ? null : this.pick(others);
    const given = args.filter(
      (argument) => isRequiredArgument(argument) || (this.mayBeOdd ? !isRare(this.gen, 3) : argument === one),
    );
    const written = given.map(({ name, type }) => `${name}: ${this.value(type, name)}`);
    if (this.isOdd(30)) written.push(`${this.pick(names)}: 1`);
    return written.length === 0 ? '' : `(${written.join(', ')})`;
  }

  private value(type: GraphQLInputType, name: string): string {
    if (this.isOdd(4)) return this.variable(type);
    if (this.isOdd(10)) return this.oddLiteral();
    const nullable = getNullableType(type);
    if (isListType(nullable)) return `[${this.value(nullable.ofType, name)}]`;
    if (isInputObjectType(nullable)) {
      const fields = Object.values(nullable.getFields()).filter(
        (field) => isRequiredInputField(field) || isRare(this.gen, 3),
      );
      return `{ ${fields.map((field) => `${field.name}: ${this.value(field.type, field.name)}`).join(' ')} }`;
    }
    if (isEnumType(nullable)) return this.pick(nullable.getValues()).name;
    if (this.isOdd(10)) return this.pick(['1', '"1"']);
    if (nullable.name === 'Int') return this.pick(['-1', '0', '1', '501']);
    if (nullable.name === 'DateTime') return '"2016-09-11 11:11:11"';
    return JSON.stringify(this.pick([fitting[name] ?? '1', this.gen(() => oddText)]));
  }

  private oddLiteral(): string {
    const odd = [
      'null',
      '0',
      '-0',
      '1e400',
      '2147483648',
      '9007199254740993',
      'true',
      'SOME',
      '""',
      '"""a\\"""b"""',
      '{}',
      '[]',
    ];
    return this.pick([
      ...odd,
      '[null]',
      '[[[]]]',
      '{ __proto__: 1 }',
      '{ a: { a: {} } }',
      '$a',
      JSON.stringify(this.gen(() => oddText)),
    ]);
  }

  private variable(type: GraphQLInputType): string {
    const name = this.pick(['a', 'b', 'c', 'input', '__proto__']);
    const types = [String(type), String(type), String(type), 'String', 'Int!', '[ID]', 'Nope', 'Customer', 'Int = "a"'];
    this.declared.set(name, this.pick(types));
    if (!this.isOdd(5)) this.variables[name] = this.gen(() => oddJson);
    return `$${name}`;
  }

  private isOdd(one: number): boolean {
    return this.mayBeOdd && isRare(this.gen, one);
  }

  private pick<T>(choices: readonly T[]): T {
    return choices[this.gen(fc.nat, choices.length - 1)] as T;
  }
}

const tokens = [
  '{',
  '}',
  '(',
  ')',
  '[',
  ']',
  ':',
  '!',
  '$',
  '@',
  '=',
  '|',
  '&',
  '...',
  '"',
  '"""',
  '\\',
  '#',
  ',',
  '\n',
  '\ufeff',
] as const;
const keywords = [
  'query',
  'mutation',
  'fragment',
  'on',
  'null',
  'type',
  'extend',
  'schema',
  '-',
  '1.',
  '0x1',
  '1e',
  '.5',
  'a',
] as const;

/** Mostly as it is; else cut off, or with something in it that was not there. */
function mangled(gen: GeneratorValue, document: string): string {
  if (!isRare(gen, 3)) return document;
  const at = gen(fc.nat, document.length);
  const [before, after] = [document.slice(0, at), document.slice(at)];
  switch (gen(fc.nat, 4)) {
    case 0:
      return before;
    case 1:
      return before + gen(() => fc.oneof(fc.constantFrom(...tokens, ...keywords), oddText)) + after;
    case 2:
      return before + after.slice(gen(fc.nat, 20));
    case 3:
      return before + before + after;
    default:
      return gen(() => fc.array(fc.constantFrom(...tokens, ...keywords), { maxLength: 60 })).join(
        isRare(gen, 2) ? '' : ' ',
      );
  }
}
