import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { textCollation } from '../text-collation.js';

const text = (name: string) => ({ name, type: 'text' });

const issuer = new Table({
  name: 'issuer',
  withoutRowid: true,
  columns: [
    { ...text('issuer'), isPrimary: true },
    text('organization_id'),
    text('audience'),
    text('jwks'),
    text('client_claim'),
    text('access_group_claim'),
  ],
  indices: [{ name: 'issuer_by_organization', columnNames: ['organization_id'] }],
  foreignKeys: [
    { referencedTableName: 'organization', columnNames: ['organization_id'], referencedColumnNames: ['id'] },
  ],
});

/** A second secret for each client, so that it can be changed without a moment in which none is right; issuers of tokens. */
export class Credentials1795410000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const collation = textCollation(queryRunner.connection);
    const type = collation.collation === undefined ? 'text' : `text COLLATE "${collation.collation}"`;
    // TypeORM would make the whole SQLite table anew.
    await queryRunner.query(`ALTER TABLE "client" ADD COLUMN "previous_secret_hash" ${type}`);
    const table = issuer.clone();
    for (const column of table.columns) Object.assign(column, collation);
    await queryRunner.createTable(table);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable(issuer);
    await queryRunner.query('ALTER TABLE "client" DROP COLUMN "previous_secret_hash"');
  }
}
