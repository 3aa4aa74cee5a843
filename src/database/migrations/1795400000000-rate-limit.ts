import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { forDatabase } from '../dialect.js';
import { textCollation } from '../text-collation.js';

/** The columns are rate-limiter-flexible's. */
export class RateLimit1795400000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const { connection } = queryRunner;
    await queryRunner.createTable(
      new Table({
        name: 'rate_limit',
        withoutRowid: true,
        columns: [
          { name: 'key', type: 'text', isPrimary: true, ...textCollation(connection) },
          { name: 'points', type: 'integer' },
          { name: 'expire', type: 'bigint', isNullable: true },
        ],
      }),
    );
    // Without a log: counting waits for no disk, and after a crash it begins anew.
    const unlogged = 'ALTER TABLE rate_limit SET UNLOGGED';
    const statement = forDatabase<string | null>(connection, { sqlite: null, postgres: unlogged });
    if (statement !== null) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable('rate_limit');
  }
}
