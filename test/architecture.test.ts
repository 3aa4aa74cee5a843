import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

// The rules by which the sources are laid out, each as a function from sources to the lines that break it. Every rule is
// first shown to find a breach in sources that are made up: a rule that finds nothing there would find nothing anywhere.

const SRC = fileURLToPath(new URL('../src/', import.meta.url));

interface Source {
  /** Inside src/, with slashes. */
  readonly path: string;
  readonly tree: ts.SourceFile;
  readonly imports: readonly Import[];
}

interface Import {
  /** A path inside src/, or the name of a package. */
  readonly target: string;
  readonly isOurs: boolean;
  /**
   * Gone once compiled: `import type` is. `import { type A }` is not, under verbatimModuleSyntax: it still loads the file.
   */
  readonly isErased: boolean;
  readonly line: number;
}

type Rule = (sources: readonly Source[]) => string[];

function readSource(path: string, text: string): Source {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const imports: Import[] = [];
  const add = (specifier: ts.Node | undefined, isErased: boolean): void => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return;
    const isOurs = specifier.text.startsWith('.');
    const target = isOurs ? posix.join(posix.dirname(path), specifier.text).replace(/\.js$/, '.ts') : specifier.text;
    imports.push({ target, isOurs, isErased, line: lineOf(tree, specifier) });
  };
  for (const node of nodesOf(tree)) {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    } else if (ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, node.isTypeOnly);
    } else if (ts.isImportTypeNode(node)) {
      add(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, true);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false);
    }
  }
  return { path, tree, imports };
}

function nodesOf(node: ts.Node, found: ts.Node[] = []): ts.Node[] {
  found.push(node);
  ts.forEachChild(node, (child) => {
    nodesOf(child, found);
  });
  return found;
}

const lineOf = (tree: ts.SourceFile, node: ts.Node): number =>
  tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;

const made = (texts: Readonly<Record<string, string>>): Source[] =>
  Object.entries(texts).map(([path, text]) => readSource(path, text));

const project = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts'))
  .sort()
  .map((path) => readSource(path, readFileSync(join(SRC, path), 'utf8')));

/** Every node of the kind that the guard knows, as `path:line` with what `tell` says of it; null says nothing. */
function find<Node extends ts.Node>(
  { path, tree }: Source,
  guard: (node: ts.Node) => node is Node,
  tell: (node: Node) => string | null,
): string[] {
  return nodesOf(tree)
    .filter(guard)
    .flatMap((node) => {
      const told = tell(node);
      return told === null ? [] : [`${path}:${lineOf(tree, node)} ${told}`];
    });
}

// --- who may import whom ---

/**
 * The layers, and which of them each may import beside its own. A file belongs to the first whose pattern it matches,
 * so that a new file has a place without being listed: in customer/, whatever is not named here is a plan and pure.
 */
const layers = {
  // Words that anyone may use, which use nobody.
  values: { files: /^values\//, imports: [] },
  settings: { files: /^settings\.ts$/, imports: [] },
  columns: {
    files: /^database\/(columns|counters|dialect|in-time|log-rows|reads|unavailable|with-new-connection)\.ts$/,
    imports: ['settings'],
  },

  // The process, what it is composed of, and the commands. Nobody imports main.
  main: { files: /^(main|run|log-output)\.ts$/, imports: ['composition', 'edge', 'settings'] },
  demo: { files: /^cli\/demo\.ts$/, imports: ['import', 'database', 'stores', 'facts'] },
  cli: {
    files: /^cli\//,
    imports: [
      'composition',
      'demo',
      'edge',
      'import',
      'verify',
      'erase',
      'database',
      'columns',
      'stores',
      'facts',
      'settings',
    ],
  },
  composition: {
    files: /^(server|service)\.ts$/,
    imports: [
      'demo',
      'v1',
      'edge',
      'words',
      'resolvers',
      'engine',
      'database',
      'columns',
      'stores',
      'facts',
      'settings',
    ],
  },
  // The v1.1 endpoint: beside GraphQL another way to the engine, and known to the composition alone.
  v1: { files: /^http\/v1\//, imports: ['edge', 'words', 'shapes', 'engine', 'plans', 'facts', 'values'] },

  // The edge, and those of its words that resolvers and the types of the API need.
  words: {
    files:
      /^(graphql\/(access|bound-entries|caller-error|connection|cost|entry-counter|page-info\.type|root-fields|scalars|sized-by)|http\/(challenge|change-origin|request-context|request-record|utf8))\.ts$/,
    imports: ['facts', 'columns', 'values'],
  },
  edge: { files: /^(graphql|http)\//, imports: ['words', 'resolvers', 'facts', 'columns', 'settings', 'values'] },

  // Each feature, by the role of the file.
  resolvers: { files: /\.resolver\.ts$/, imports: ['shapes', 'words', 'engine', 'stores', 'plans', 'facts', 'values'] },
  shapes: {
    files: /(\.(type|input|payload)|\/present-customer)\.ts$/,
    imports: ['words', 'engine', 'plans', 'facts', 'values'],
  },
  entities: { files: /\.entity\.ts$/, imports: ['plans', 'facts', 'columns', 'values'] },
  stores: {
    files: /(\.store|\/(lock|save)-organization|\/organization-cache)\.ts$/,
    imports: ['entities', 'plans', 'facts', 'columns', 'values'],
  },
  // A migration of the audit log links its events.
  database: { files: /^database\//, imports: ['entities', 'columns', 'settings', 'facts', 'values'] },
  engine: { files: /^customer\/engine\//, imports: ['database', 'columns', 'stores', 'plans', 'facts', 'values'] },
  verify: { files: /^customer\/verify\//, imports: ['engine', 'stores', 'plans', 'facts', 'values'] },
  import: {
    files: /^customer\/import\//,
    imports: ['engine', 'stores', 'entities', 'plans', 'facts', 'values'],
  },
  erase: {
    files: /^customer\/erase\/(?!plan-)/,
    imports: ['engine', 'stores', 'plans', 'facts', 'values'],
  },
  plans: { files: /^customer\//, imports: ['facts', 'values'] },
  facts: { files: /^(points|audit|organization|idempotency)\//, imports: ['values'] },
} as const satisfies Record<string, { files: RegExp; imports: readonly string[] }>;
type Layer = keyof typeof layers;

const layerOf = (path: string): Layer | null =>
  (Object.keys(layers) as Layer[]).find((layer) => layers[layer].files.test(path)) ?? null;

/**
 * What would be a breach, and is none: planners and engine take the input as the API declares it, by its type alone. A
 * shape of its own for them would be the same fields once more.
 */
const isInputType = ({ target, isErased }: Import, layer: Layer): boolean =>
  isErased && target === 'customer/update/update.input.ts' && (layer === 'plans' || layer === 'engine');

/** Type-only imports count here: to know somebody's types is to depend on him. */
const wrongWay: Rule = (sources) =>
  sources.flatMap(({ path, imports }) => {
    const layer = layerOf(path);
    if (layer === null) return [`${path}:1 has no place among the layers`];
    return imports
      .filter(({ isOurs }) => isOurs)
      .flatMap((one) => {
        const other = layerOf(one.target);
        const mayImport: readonly string[] = [layer, ...layers[layer].imports];
        const isRight = other !== null && (mayImport.includes(other) || isInputType(one, layer));
        return isRight ? [] : [`${path}:${one.line} ${layer} must not import ${one.target} (${other ?? 'no layer'})`];
      });
  });

const leaves = ['points', 'audit', 'organization', 'idempotency'];

const leafKnowsNobody: Rule = (sources) =>
  sources.flatMap(({ path, imports }) => {
    const leaf = leaves.find((folder) => path.startsWith(`${folder}/`));
    if (leaf === undefined) return [];
    const strangers = ['customer', ...leaves].filter((folder) => folder !== leaf);
    return imports
      .filter(({ target }) => strangers.some((folder) => target.startsWith(`${folder}/`)))
      .map(({ line, target }) => `${path}:${line} a leaf must not import ${target}`);
  });

describe('imports', () => {
  test('go the way of the layers', () => {
    const breaches = made({
      'points/points.store.ts': `import type { Page } from '../graphql/apollo.js';`,
      'customer/engine/engine.ts': `import { UpdateResolver } from '../update/update.resolver.js';`,
      'customer/update/plan-update.ts': `import type { Loaded } from '../engine/load-accounts.js';\nexport * from './update.input.js';`,
      'graphql/errors.ts': `const server = await import('../server.js');`,
      'graphql/limits.ts': `import { envelope } from '../http/v1/envelope.js';`,
      'http/v1/envelope.ts': `import { UpdateResolver } from '../../customer/update/update.resolver.js';`,
      'server.ts': `import './main.js';`,
      'values/text.ts': `let made: import('../points/figures.js').Figures;`,
      'elsewhere/new.ts': '',
    });
    expect(wrongWay(breaches)).toEqual([
      'points/points.store.ts:1 stores must not import graphql/apollo.ts (edge)',
      'customer/engine/engine.ts:1 engine must not import customer/update/update.resolver.ts (resolvers)',
      'customer/update/plan-update.ts:1 plans must not import customer/engine/load-accounts.ts (engine)',
      'customer/update/plan-update.ts:2 plans must not import customer/update/update.input.ts (shapes)',
      'graphql/errors.ts:1 edge must not import server.ts (composition)',
      'graphql/limits.ts:1 edge must not import http/v1/envelope.ts (v1)',
      'http/v1/envelope.ts:1 v1 must not import customer/update/update.resolver.ts (resolvers)',
      'server.ts:1 composition must not import main.ts (main)',
      'values/text.ts:1 values must not import points/figures.ts (facts)',
      'elsewhere/new.ts:1 has no place among the layers',
    ]);
    expect(wrongWay(project)).toEqual([]);
  });

  test('of a leaf reach neither customer/ nor another leaf', () => {
    const breaches = made({
      'audit/audit.store.ts': `import type { Account } from '../customer/account.js';\nimport '../audit/audit-event.js';`,
      'points/ledger.ts': `import { a } from '../organization/organization.js';`,
    });
    expect(leafKnowsNobody(breaches)).toEqual([
      'audit/audit.store.ts:1 a leaf must not import customer/account.ts',
      'points/ledger.ts:1 a leaf must not import organization/organization.ts',
    ]);
    expect(leafKnowsNobody(project)).toEqual([]);
  });

  test('lead to files that are there', () => {
    const paths = new Set(project.map(({ path }) => path));
    const lost = project.flatMap(({ path, imports }) =>
      imports.filter(({ isOurs, target }) => isOurs && !paths.has(target)).map(({ target }) => `${path} ${target}`),
    );
    expect(lost).toEqual([]);
    expect(project.length).toBeGreaterThan(50);
  });
});

// --- cycles ---

/**
 * The loops in which files load each other, each told once. Without what is erased: types have no order of loading, and
 * two files may well name each other's types.
 */
const cycles: Rule = (sources) => {
  const loads = new Map(
    sources.map(({ path, imports }) => [
      path,
      imports.filter(({ isOurs, isErased }) => isOurs && !isErased).map(({ target }) => target),
    ]),
  );
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start !== -1) found.push([...trail.slice(start), path].join(' → '));
    if (start !== -1 || done.has(path)) return;
    for (const target of loads.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const { path } of sources) visit(path, []);
  return found;
};

describe('cycles', () => {
  test('there is none', () => {
    const looping = {
      'a.ts': `import { b } from './b.js';`,
      'b.ts': `import { type C } from './c.js';`,
      'c.ts': `export { a } from './a.js';`,
      'd.ts': `import { a } from './a.js';`,
    };
    expect(cycles(made(looping))).toEqual(['a.ts → b.ts → c.ts → a.ts']);
    expect(cycles(made({ ...looping, 'b.ts': `import type { C } from './c.js';` }))).toEqual([]);
    expect(cycles(project)).toEqual([]);
  });
});

// --- purity ---

/** Layers that decide: all that they know, they are told. */
const pureLayers: readonly (Layer | null)[] = ['values', 'settings', 'plans', 'facts'];

/** Those of other layers that work in memory only: the readers of an import, and what a batch is planned on. */
const pureFiles: readonly RegExp[] = [
  /^customer\/engine\/(answer|plan-item|queue|working-copy)\.ts$/,
  /^customer\/import\/(customer-record|opening-entries|read-\w+|record-values)\.ts$/,
];

/** They make salts. No plan loads them, which the rule checks. */
const impureFacts = ['organization/secret.ts', 'audit/new-salt.ts'];

const isPure = (path: string): boolean =>
  (pureLayers.includes(layerOf(path)) && !impureFacts.includes(path)) || pureFiles.some((files) => files.test(path));

/** They reckon, and do nothing else. Of node:crypto, hashes only: the rule against chance sees to the rest. */
const purePackages = ['libphonenumber-js/max', 'temporal-polyfill', 'zod', 'scslre', 'node:crypto'];

const clocksAndChance = new Set([
  'Date.now',
  'Math.random',
  'performance.now',
  'Temporal.Now',
  'process.hrtime',
  'process.env',
  'crypto.getRandomValues',
]);
const chance = new Set(['randomUUID', 'randomBytes', 'randomInt', 'randomFillSync']);

const pureLoadsImpure: Rule = (sources) =>
  sources
    .filter(({ path }) => isPure(path))
    .flatMap(({ path, imports }) =>
      imports
        .filter(
          ({ isErased, isOurs, target }) => !isErased && !(isOurs ? isPure(target) : purePackages.includes(target)),
        )
        .map(({ line, target }) => `${path}:${line} is pure and must not load ${target}`),
    );

/** Not even their types: what takes an EntityManager can be given one. */
const pureKnowsDatabase: Rule = (sources) =>
  sources
    .filter(({ path }) => isPure(path))
    .flatMap(({ path, imports }) =>
      imports
        .filter(({ isOurs, target }) => !isOurs && /^(typeorm|sqlite3|fastify|node:(fs|http|net))\b/.test(target))
        .map(({ line, target }) => `${path}:${line} is pure and must not know ${target}`),
    );

const pureReadsClock: Rule = (sources) =>
  sources
    .filter(({ path }) => isPure(path))
    .flatMap((source) => [
      ...find(source, ts.isPropertyAccessExpression, (node) => {
        const text = node.getText();
        return clocksAndChance.has(text) ? `is pure and must not read ${text}` : null;
      }),
      ...find(source, ts.isIdentifier, ({ text }) => (chance.has(text) ? `is pure and must not use ${text}` : null)),
      ...find(source, ts.isNewExpression, ({ expression, arguments: given }) =>
        expression.getText() === 'Date' && (given?.length ?? 0) === 0 ? 'is pure and must not use new Date()' : null,
      ),
      ...find(source, ts.isCallExpression, ({ expression }) =>
        expression.getText() === 'Date' ? 'is pure and must not use Date()' : null,
      ),
    ]);

describe('what decides is pure', () => {
  test('everything that a planner loads is a planner too', () => {
    const breaches = made({
      'customer/update/plan-update.ts': `import { writeBatch } from '../engine/write-accounts.js';\nimport fs from 'node:fs';`,
      'customer/merge/may-merge.ts': `import { type Row } from '../customer.entity.js';`,
      'values/text.ts': `import type { EntityManager } from 'typeorm';`,
      'organization/rules.ts': `import { hashSecret } from './secret.js';`,
    });
    expect([...pureLoadsImpure(breaches), ...pureKnowsDatabase(breaches)]).toEqual([
      'customer/update/plan-update.ts:1 is pure and must not load customer/engine/write-accounts.ts',
      'customer/update/plan-update.ts:2 is pure and must not load node:fs',
      'customer/merge/may-merge.ts:1 is pure and must not load customer/customer.entity.ts',
      'organization/rules.ts:1 is pure and must not load organization/secret.ts',
      'customer/update/plan-update.ts:2 is pure and must not know node:fs',
      'values/text.ts:1 is pure and must not know typeorm',
    ]);
    expect([...pureLoadsImpure(project), ...pureKnowsDatabase(project)]).toEqual([]);
  });

  test('no planner looks at the clock or throws dice', () => {
    const breaches = made({
      'customer/account.ts': [
        'const a = Date.now();',
        'const b = new Date();',
        'const c = new Date(0);',
        'const d = Date();',
        'const e = Math.random();',
        `import { createHash, randomUUID } from 'node:crypto';`,
      ].join('\n'),
    });
    expect(pureReadsClock(breaches)).toEqual([
      'customer/account.ts:1 is pure and must not read Date.now',
      'customer/account.ts:5 is pure and must not read Math.random',
      'customer/account.ts:6 is pure and must not use randomUUID',
      'customer/account.ts:2 is pure and must not use new Date()',
      'customer/account.ts:4 is pure and must not use Date()',
    ]);
    expect(pureReadsClock(project)).toEqual([]);
  });

  test('those whom it is about are held to it', () => {
    const deciders = [
      'customer/update/plan-update.ts',
      'customer/update/plan-identifiers.ts',
      'customer/update/plan-hash.ts',
      'customer/update/apply-input.ts',
      'customer/update/award-rewards.ts',
      'customer/update/resolve-target.ts',
      'customer/update/validate-input.ts',
      'customer/merge/plan-merge.ts',
      'customer/merge/plan-merges.ts',
      'customer/merge/plan-undo.ts',
      'customer/merge/may-merge.ts',
      'customer/account.ts',
      'customer/account-changes.ts',
      'customer/identifier.ts',
      'customer/identifier-candidates.ts',
      'customer/engine/working-copy.ts',
      'values/decimal.ts',
      'points/figures.ts',
      'organization/rules.ts',
    ];
    const held = project.map(({ path }) => path).filter(isPure);
    expect(held).toEqual(expect.arrayContaining(deciders));
  });
});

// --- transactions and SQL ---

/** The files that open transactions, one for each database. */
const openers = ['database/sqlite-transaction.ts', 'database/postgres-transaction.ts'];
const TRANSACTION = 'database/…-transaction.ts';

/** Where a piece of work becomes one transaction, by `database.transaction(work)`. All below are given its manager. */
const transactionOwners = ['customer/engine/engine.ts', 'service.ts', 'cli/', 'database/sqlite-database.ts'];

/** Besides migrations and the stores, which use TypeORM's finders and builders. Each is here for a reason. */
const sqlOwners = [
  ...openers,
  // Open the database, and read back what it is like.
  'database/sqlite-database.ts',
  'database/postgres-database.ts',
  'database/refuse-without-rights.ts',
  // Ask how far each server is.
  'database/postgres-replica.ts',
  'database/primary-log.ts',
  // Asks whether it still has a connection.
  'database/postgres-silence.ts',
  'database/migrate.ts',
  'database/migrations/',
  // The hot path: few statements, written out.
  'customer/engine/load-accounts.ts',
  'customer/engine/load-undo.ts',
  'customer/engine/lock-accounts.ts',
  'customer/engine/sqlite-statements.ts',
  'customer/engine/postgres-statements.ts',
  'customer/engine/write-statements.ts',
  'customer/engine/write-accounts.ts',
  // What many queries ask for at once.
  'customer/engine/standing-merges.ts',
  'customer/engine/merge-heads.ts',
  'customer/engine/merges-by-id.ts',
  'database/log-rows.ts',
  // Look-ups of an import, as sets.
  'customer/import/stored-customers.ts',
  // Waits until nobody else changes an organization.
  'organization/lock-organization.ts',
  // Reads and writes the rows of one person, a page at a time.
  'customer/erase/',
  // Looks, counts and tells in one statement.
  'database/postgres-counters.ts',
  // Rewrite what free pages, and the planner, still know.
  'database/postgres-compaction.ts',
  'database/sqlite-compaction.ts',
  // Looks at whole tables, in ranges.
  'customer/verify/',
];

/** Who may know the tables, beside stores and other tables. */
const rowOwners = [
  'database/entities.ts',
  // A store in all but name: writes what organization.store.ts reads.
  'organization/save-organization.ts',
  // Asks whether customers have values of a field.
  'customer/import/settings-in-use.ts',
];

const isOf = (owners: readonly string[], path: string): boolean =>
  owners.some((owner) => (owner.endsWith('/') ? path.startsWith(owner) : path === owner));

const nameOf = (node: ts.Node): string | null =>
  ts.isPropertyAccessExpression(node) ? node.name.text : ts.isIdentifier(node) ? node.text : null;

/** TypeORM's own ways to a transaction: all of them lead past those files. */
const transactionWords = new Set([
  'createQueryRunner',
  'startTransaction',
  'commitTransaction',
  'rollbackTransaction',
  'withRepository',
]);

const opensTransaction: Rule = (sources) =>
  sources
    .filter(({ path }) => !openers.includes(path))
    .flatMap((source) => [
      ...find(source, ts.isIdentifier, ({ text }) =>
        transactionWords.has(text) ? `must leave ${text} to ${TRANSACTION}` : null,
      ),
      ...find(source, ts.isStringLiteralLike, ({ text }) =>
        /^\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)\b(?! AFTER)/.test(text)
          ? `must leave ${text} to ${TRANSACTION}`
          : null,
      ),
      ...find(source, ts.isCallExpression, ({ expression }) => {
        if (nameOf(expression) !== 'transaction') return null;
        // Ours is a member of Database, or was taken out of one: never a manager's, or a data source's.
        const isOurs =
          ts.isIdentifier(expression) ||
          (ts.isPropertyAccessExpression(expression) && nameOf(expression.expression) === 'database');
        if (!isOurs) return `must not call ${expression.getText()}: it leads past the queue`;
        return isOf(transactionOwners, source.path) ? null : 'must not begin a transaction: it is given a manager';
      }),
    ]);

/** Who has a Database can begin a transaction: so whoever is called within one must not know it. */
const knowsDatabase: Rule = (sources) =>
  sources
    .filter(({ path }) => !isOf([...transactionOwners, 'database/'], path))
    .flatMap(({ path, imports }) =>
      imports
        .filter(({ target }) => /^database\/((\w+-)?(database|transaction)|data-source)\.ts$/.test(target))
        .map(({ line, target }) => `${path}:${line} must not know ${target}`),
    );

const SQL = /^\s*(SELECT|INSERT INTO|UPDATE \w+ SET|DELETE FROM|WITH \w+ AS|PRAGMA|CREATE (TABLE|INDEX))\b/;

const writesSql: Rule = (sources) =>
  sources
    .filter(({ path }) => !isOf(sqlOwners, path))
    .flatMap((source) => [
      ...find(source, ts.isCallExpression, ({ expression }) =>
        ts.isPropertyAccessExpression(expression) && expression.name.text === 'query'
          ? `must not call ${expression.getText()}: it owns no SQL`
          : null,
      ),
      ...find(source, ts.isIdentifier, ({ text }) =>
        text === 'getRepository' ? 'must not use getRepository: the manager is given' : null,
      ),
      ...find(source, ts.isStringLiteralLike, ({ text }) => (SQL.test(text) ? 'must not hold SQL' : null)),
      ...find(source, ts.isTemplateHead, ({ text }) => (SQL.test(text) ? 'must not hold SQL' : null)),
    ]);

const knowsRows: Rule = (sources) =>
  sources
    .filter(({ path }) => !/\.(store|entity)\.ts$/.test(path) && !isOf(rowOwners, path))
    .flatMap(({ path, imports }) =>
      imports
        .filter(({ isOurs, target }) => isOurs && target.endsWith('.entity.ts'))
        .map(({ line, target }) => `${path}:${line} must not know the tables of ${target}`),
    );

/** Who may know by name which databases there are: who reads the setting, and who opens them. */
const askers = [
  'settings.ts',
  'database/dialect.ts',
  'database/database.ts',
  'database/data-source.ts',
  'database/postgres-database.ts',
  'database/postgres-replicas.ts',
];

/** Where something is said in the words of each database; whoever needs it takes it from there. */
const choosers = [
  'customer/engine/statements.ts',
  'database/log-rows.ts',
  'database/migrations/',
  'database/text-collation.ts',
  'database/migrations/',
  'organization/lock-organization.ts',
];

const asksWhichDatabase: Rule = (sources) =>
  sources.flatMap((source) => [
    ...find(source, ts.isStringLiteralLike, ({ text }) =>
      /^(sqlite|postgres)$/.test(text) && !isOf(askers, source.path) ? `must not ask for ${text}` : null,
    ),
    ...find(source, ts.isCallExpression, ({ expression }) =>
      nameOf(expression) === 'forDatabase' && !isOf(choosers, source.path)
        ? 'must not say it for each database itself'
        : null,
    ),
    ...source.imports
      .filter(({ target }) => /(sqlite|postgres)-\w+\.ts$/.test(target) || /^(pg|sqlite3)$/.test(target))
      .filter(
        () =>
          !isOf(
            [...askers, ...choosers, ...openers, 'database/sqlite-database.ts', 'database/reusing-database.ts'],
            source.path,
          ),
      )
      .map(({ line, target }) => `${source.path}:${line} must not know ${target}`),
  ]);

describe('the database', () => {
  test('may be any: which one it is, is asked in one place', () => {
    const breaches = made({
      'customer/customer.store.ts': `const limit = manager.connection.options.type === 'postgres' ? 1 : 2;`,
      'customer/verify/figures.ts': `import { sqliteStatements } from '../engine/sqlite-statements.js';\nforDatabase(a, b);`,
      'service.ts': `import pg from 'pg';`,
    });
    expect(asksWhichDatabase(breaches)).toEqual([
      'customer/customer.store.ts:1 must not ask for postgres',
      'customer/verify/figures.ts:2 must not say it for each database itself',
      'customer/verify/figures.ts:1 must not know customer/engine/sqlite-statements.ts',
      'service.ts:1 must not know pg',
    ]);
    expect(asksWhichDatabase(project)).toEqual([]);
  });

  test('has its transactions opened by one file for each kind, for those who decide where one begins', () => {
    const breaches = made({
      'customer/customer.store.ts': `export const f = (manager) => manager.transaction(async () => { await manager.query('BEGIN IMMEDIATE'); });`,
      'points/points.store.ts': `export const g = (source) => source.createQueryRunner().startTransaction();`,
      'customer/engine/load-accounts.ts': `import type { Database } from '../../database/database.js';\nexport const h = ({ transaction }) => transaction(work);`,
      'service.ts': 'database.transaction(work); this.database.transaction(work); dataSource.transaction(work);',
    });
    expect([...opensTransaction(breaches), ...knowsDatabase(breaches)]).toEqual([
      `customer/customer.store.ts:1 must leave BEGIN IMMEDIATE to ${TRANSACTION}`,
      'customer/customer.store.ts:1 must not call manager.transaction: it leads past the queue',
      `points/points.store.ts:1 must leave createQueryRunner to ${TRANSACTION}`,
      `points/points.store.ts:1 must leave startTransaction to ${TRANSACTION}`,
      'customer/engine/load-accounts.ts:2 must not begin a transaction: it is given a manager',
      'service.ts:1 must not call dataSource.transaction: it leads past the queue',
      'customer/engine/load-accounts.ts:1 must not know database/database.ts',
    ]);
    expect([...opensTransaction(project), ...knowsDatabase(project)]).toEqual([]);
  });

  test('gets SQL from the files that own some, and from no repository', () => {
    const breaches = made({
      'customer/update/update.resolver.ts': `await this.reader.query<Row[]>('SELECT 1');`,
      'organization/organization.store.ts': 'manager.getRepository(Row); const sql = `DELETE FROM ${table}`;',
    });
    expect(writesSql(breaches)).toEqual([
      'customer/update/update.resolver.ts:1 must not call this.reader.query: it owns no SQL',
      'customer/update/update.resolver.ts:1 must not hold SQL',
      'organization/organization.store.ts:1 must not use getRepository: the manager is given',
      'organization/organization.store.ts:1 must not hold SQL',
    ]);
    expect(writesSql(project)).toEqual([]);
  });

  test('has its tables known to stores', () => {
    const breaches = made({ 'customer/customer.resolver.ts': `import type { Row } from './customer.entity.js';` });
    expect(knowsRows(breaches)).toEqual([
      'customer/customer.resolver.ts:1 must not know the tables of customer/customer.entity.ts',
    ]);
    expect(knowsRows(project)).toEqual([]);
  });
});

// --- files ---

const hasDefaultExport: Rule = (sources) =>
  sources.flatMap((source) => [
    ...find(source, ts.isExportAssignment, () => 'exports by default'),
    ...find(source, ts.isExportSpecifier, ({ name }) => (name.text === 'default' ? 'exports by default' : null)),
    ...find(
      source,
      (node): node is ts.Node => node.kind === ts.SyntaxKind.DefaultKeyword,
      ({ parent }) => (ts.canHaveModifiers(parent) ? 'exports by default' : null),
    ),
  ]);

/** A file that hands on what others export: with it, who uses what can't be seen any more. */
const isBarrel: Rule = (sources) =>
  sources.flatMap((source) => [
    ...(/(^|\/)index\.ts$/.test(source.path) ? [`${source.path}:1 is a barrel by name`] : []),
    ...find(source, ts.isExportDeclaration, ({ moduleSpecifier }) =>
      moduleSpecifier === undefined ? null : `hands on ${moduleSpecifier.getText()}`,
    ),
  ]);

const MOST_LINES = 300;

/** Longer than a file should be, each up to what it has now or little more: a smell that was looked into. */
const longFiles: Readonly<Record<string, { readonly most: number; readonly reason: string }>> = {
  'database/migrations/1795300000000-beginning.ts': {
    most: 320,
    reason: 'every table once; a migration that has run never changes again',
  },
  'cli/customer/generated/graphql.ts': { most: 1000, reason: 'generated, from operations.graphql beside it' },
};

const isTooLong: Rule = (sources) =>
  sources.flatMap(({ path, tree }) => {
    const lines = tree.getLineAndCharacterOfPosition(tree.getEnd()).line;
    const most = longFiles[path]?.most ?? MOST_LINES;
    return lines > most ? [`${path} has ${lines} lines, more than ${most}`] : [];
  });

describe('files', () => {
  test('export by name, each what is its own', () => {
    const breaches = made({
      'values/a.ts': 'export default 1;',
      'values/b.ts': 'export default function b() {}\nexport const c = (n) => { switch (n) { default: } };',
      'values/c.ts': 'const c = 1;\nexport { c as default };',
      'values/index.ts': `export * from './a.js';\nexport { b } from './b.js';`,
    });
    expect([...hasDefaultExport(breaches), ...isBarrel(breaches)]).toEqual([
      'values/a.ts:1 exports by default',
      'values/b.ts:1 exports by default',
      'values/c.ts:2 exports by default',
      'values/index.ts:1 is a barrel by name',
      `values/index.ts:1 hands on './a.js'`,
      `values/index.ts:2 hands on './b.js'`,
    ]);
    expect([...hasDefaultExport(project), ...isBarrel(project)]).toEqual([]);
  });

  test(`have at most ${MOST_LINES} lines, those aside that were looked into`, () => {
    expect(isTooLong(made({ 'values/long.ts': '\n'.repeat(MOST_LINES + 1) }))).toEqual([
      `values/long.ts has ${MOST_LINES + 1} lines, more than ${MOST_LINES}`,
    ]);
    expect(isTooLong(project)).toEqual([]);
    const paths = project.map(({ path }) => path);
    expect(Object.keys(longFiles).filter((path) => !paths.includes(path))).toEqual([]);
  });
});

describe('the lists above', () => {
  test('name files that are there', () => {
    const paths = project.map(({ path }) => path);
    const owners = [...transactionOwners, ...askers, ...choosers, ...sqlOwners, ...rowOwners, ...impureFacts];
    expect(owners.filter((owner) => !paths.some((path) => isOf([owner], path)))).toEqual([]);
  });
});
