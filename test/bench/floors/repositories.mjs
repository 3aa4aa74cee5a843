import 'reflect-metadata';
import { entities } from '../../../dist/database/entities.js';
import { createDataSource } from '../../../dist/database/data-source.js';
import { pragmas, reads, writes } from './statements.mjs';

// What everybody writes first: each read is a repository's find, each row that is written its save, as TypeORM brings them.

const BEGIN = 'BEGIN';
const JSON_COLUMN = 'simple-json';

/** The service's entities in TypeORM's repositories, on TypeORM's own driver of sqlite3. */
export async function openRepositories(path) {
  const dataSource = createDataSource({ type: 'sqlite', database: path, entities, synchronize: false });
  await dataSource.initialize();
  for (const pragma of pragmas) await dataSource.query(`PRAGMA ${pragma}`);
  const queryRunner = dataSource.createQueryRunner();
  const { manager } = queryRunner;
  const byTable = new Map(dataSource.entityMetadatas.map((metadata) => [metadata.tableName, metadata]));
  const asked = Object.fromEntries(Object.entries({ ...reads, ...writes }).map(([name, sql]) => [name, read(sql)]));
  return {
    begin: BEGIN,
    exec: (sql) => (sql === BEGIN ? queryRunner.startTransaction() : queryRunner.commitTransaction()),
    async all(name, cells) {
      const { table, given, columns } = asked[name];
      const metadata = byTable.get(table);
      const properties = (columns ?? []).map((column) => metadata.findColumnWithDatabaseName(column).propertyName);
      const found = await manager.getRepository(metadata.target).find({
        // Only what is asked for: without it SQLite, which has no statistics, reads all customers to find those merged into one.
        ...(columns === null ? {} : { select: Object.fromEntries(properties.map((property) => [property, true])) }),
        where: entityOf(metadata, given, cells),
      });
      return found.map((entity) => rowOf(metadata, columns, entity));
    },
    async run(name, cells) {
      const { table, given, isDelete } = asked[name];
      const metadata = byTable.get(table);
      const repository = manager.getRepository(metadata.target);
      const entity = entityOf(metadata, given, cells);
      if (isDelete) return (await repository.delete(entity)).affected;
      await repository.save(entity);
      return 1;
    },
  };
}

/** Which table one of the floors' statements is of, the columns that it answers, and those that it takes, in their order. */
function read(sql) {
  const [, table] = /(?:FROM|INTO|UPDATE) (\w+)/.exec(sql);
  const [, answered = ''] = /^SELECT (.+?)\s+FROM/s.exec(sql) ?? [];
  const [, inserted] = /^INSERT INTO \w+ \((.+?)\)/.exec(sql) ?? [];
  return {
    table,
    isDelete: sql.startsWith('DELETE'),
    columns: answered === '*' ? null : answered.split(', '),
    given: inserted?.split(', ') ?? [...sql.matchAll(/(\w+) = \?/g)].map(([, column]) => column),
  };
}

/** Of a column that is both set and asked for, the version of a customer, the first: a save asks for keys alone. */
function entityOf(metadata, given, cells) {
  const entity = {};
  for (const [index, name] of given.entries()) {
    if (given.indexOf(name) < index) continue;
    const { propertyName, type } = metadata.findColumnWithDatabaseName(name);
    const cell = cells[index];
    entity[propertyName] = type === JSON_COLUMN && cell !== null ? JSON.parse(cell) : cell;
  }
  return entity;
}

function rowOf(metadata, columns, entity) {
  const names = columns ?? metadata.columns.map(({ databaseName }) => databaseName);
  return Object.fromEntries(
    names.map((name) => {
      const value = entity[metadata.findColumnWithDatabaseName(name).propertyName];
      return [name, typeof value === 'bigint' ? Number(value) : value];
    }),
  );
}
