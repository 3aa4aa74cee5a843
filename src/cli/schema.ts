import 'reflect-metadata';
import { readFileSync, writeFileSync } from 'node:fs';
import { printSchema } from 'graphql';
import { resolverClasses } from '../graphql/resolvers.js';
import { createSchema } from '../graphql/schema.js';

// Writes the schema that the code declares to schema.graphql, in the order of the code; with --check, fails where the
// file says something else. Run from the project's folder, as npm does.

const FILE = 'schema.graphql';

const schema = `# Generated from the code by: npm run schema\n\n${printSchema(createSchema(resolverClasses, new Map()))}\n`;

if (!process.argv.includes('--check')) {
  writeFileSync(FILE, schema);
} else if (readIfThere(FILE) !== schema) {
  console.error(`${FILE} is not what the code declares: npm run schema, and commit it`);
  process.exitCode = 1;
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
