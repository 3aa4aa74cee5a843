// Makes the types and documents of the clients from schema.graphql and their operations, by graphql-codegen's client
// preset; with --check, fails where a file says something else. Run from the project's folder, as npm does.
//
// By the generator's core, without its command line: that would be 240 packages more, some of them for Node.js 22.
import fs from 'node:fs';
import { codegen } from '@graphql-codegen/core';
import { preset } from '@graphql-codegen/client-preset';
import { buildASTSchema, parse } from 'graphql';

const CLIENTS = [
  { operations: 'examples/operations/customer.graphql', folder: 'examples/apollo-client/generated/' },
  { operations: 'examples/operations/customer.graphql', folder: 'examples/plain-fetch/generated/', mode: 'string' },
  { operations: 'src/cli/customer/operations.graphql', folder: 'src/cli/customer/generated/', mode: 'string' },
];

const schema = parse(fs.readFileSync('schema.graphql', 'utf8'));
const schemaAst = buildASTSchema(schema);
const isCheck = process.argv.includes('--check');

for (const client of CLIENTS) {
  const path = `${client.folder}graphql.ts`;
  const text = await generate(client);
  if (!isCheck) {
    fs.mkdirSync(client.folder, { recursive: true });
    fs.writeFileSync(path, text);
  } else if (!fs.existsSync(path) || fs.readFileSync(path, 'utf8') !== text) {
    console.error(`${path} is not what schema.graphql and ${client.operations} say: npm run schema, and commit it`);
    process.exitCode = 1;
  }
}

async function generate({ operations, folder, mode = 'documentNode' }) {
  const rawSDL = fs.readFileSync(operations, 'utf8');
  const sections = await preset.buildGeneratesSection({
    baseOutputDir: folder,
    schema,
    schemaAst,
    documents: [{ location: operations, rawSDL, document: parse(rawSDL) }],
    config: {
      documentMode: mode,
      scalars: { DateTime: 'string', Decimal: 'string' },
      strictScalars: true,
      useTypeImports: true,
    },
    presetConfig: { fragmentMasking: false, skipIndexFile: true },
    plugins: [],
    pluginMap: {},
  });
  // The other file is for operations that stand in the code.
  const section = sections.find(({ filename }) => filename.endsWith('/graphql.ts'));
  return codegen({ ...section, schemaAst });
}
