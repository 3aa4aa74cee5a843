import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { textCollation } from '../text-collation.js';

const key = (name: string, type: 'text' | 'bigint' | 'integer') => ({ name, type, isPrimary: true });
const text = (name: string) => ({ name, type: 'text' });
const bigint = (name: string) => ({ name, type: 'bigint' });
const integer = (name: string) => ({ name, type: 'integer' });
const boolean = (name: string) => ({ name, type: 'boolean' });
const nullable = <T>(column: T) => ({ ...column, isNullable: true });
const references = (referencedTableName: string, columnNames: string[], referencedColumnNames: string[]) => ({
  referencedTableName,
  columnNames,
  referencedColumnNames,
});

/** Parents before children. Every primary and unique key begins with the organization, clients excepted. */
const tables: Table[] = [
  new Table({
    name: 'organization',
    columns: [
      key('id', 'text'),
      text('name'),
      nullable(text('default_country')),
      text('time_zone'),
      integer('revision'),
    ],
  }),
  new Table({
    name: 'organization_config',
    withoutRowid: true,
    columns: [key('organization_id', 'text'), key('key', 'text'), text('value')],
    foreignKeys: [references('organization', ['organization_id'], ['id'])],
  }),
  new Table({
    name: 'till',
    withoutRowid: true,
    columns: [key('organization_id', 'text'), key('code', 'text'), text('name')],
    foreignKeys: [references('organization', ['organization_id'], ['id'])],
  }),
  new Table({
    name: 'field_definition',
    withoutRowid: true,
    columns: [
      key('organization_id', 'text'),
      key('kind', 'text'),
      key('name', 'text'),
      nullable(text('label')),
      text('type'),
      nullable(text('options')),
      nullable(integer('max_length')),
      nullable(text('pattern')),
      integer('position'),
    ],
    foreignKeys: [references('organization', ['organization_id'], ['id'])],
  }),
  new Table({
    name: 'loyalty_program',
    withoutRowid: true,
    columns: [
      key('organization_id', 'text'),
      key('id', 'text'),
      text('name'),
      boolean('is_default'),
      integer('position'),
    ],
    foreignKeys: [references('organization', ['organization_id'], ['id'])],
  }),
  new Table({
    name: 'slab',
    withoutRowid: true,
    columns: [
      key('organization_id', 'text'),
      key('program_id', 'text'),
      key('serial_number', 'integer'),
      text('name'),
      nullable(text('description')),
    ],
    foreignKeys: [references('loyalty_program', ['organization_id', 'program_id'], ['organization_id', 'id'])],
  }),
  new Table({
    name: 'reward_rule',
    withoutRowid: true,
    columns: [
      key('organization_id', 'text'),
      key('name', 'text'),
      text('program_id'),
      bigint('points'),
      text('fields'),
      integer('position'),
    ],
    foreignKeys: [references('loyalty_program', ['organization_id', 'program_id'], ['organization_id', 'id'])],
  }),
  new Table({
    name: 'access_group',
    withoutRowid: true,
    columns: [key('organization_id', 'text'), key('name', 'text'), text('customer_access'), boolean('may_merge')],
    foreignKeys: [references('organization', ['organization_id'], ['id'])],
  }),
  new Table({
    name: 'client',
    withoutRowid: true,
    columns: [
      key('id', 'text'),
      text('organization_id'),
      text('secret_hash'),
      text('access_group'),
      nullable(text('till_code')),
    ],
    indices: [{ name: 'client_by_organization', columnNames: ['organization_id'] }],
    foreignKeys: [
      references('till', ['organization_id', 'till_code'], ['organization_id', 'code']),
      references('access_group', ['organization_id', 'access_group'], ['organization_id', 'name']),
    ],
  }),
  new Table({
    name: 'customer',
    withoutRowid: true,
    columns: [
      key('organization_id', 'text'),
      key('id', 'bigint'),
      integer('version'),
      nullable(bigint('merged_into')),
      nullable(text('firstname')),
      nullable(text('lastname')),
      text('type'),
      text('fraud_status'),
      nullable(text('fraud_merge_id')),
      nullable(bigint('registered_on')),
      nullable(text('registered_till')),
      nullable(text('associated_with')),
      bigint('lifetime_purchases'),
      bigint('updated_on'),
      bigint('last_sequence'),
    ],
    indices: [
      {
        name: 'customer_by_survivor',
        columnNames: ['organization_id', 'merged_into'],
        where: 'merged_into IS NOT NULL',
      },
    ],
    foreignKeys: [references('organization', ['organization_id'], ['id'])],
  }),
  new Table({
    name: 'customer_identifier',
    withoutRowid: true,
    columns: [
      key('organization_id', 'text'),
      key('type', 'text'),
      key('value', 'text'),
      bigint('customer_id'),
      boolean('is_alias'),
    ],
    indices: [
      {
        name: 'customer_identifier_own',
        columnNames: ['organization_id', 'customer_id', 'type'],
        isUnique: true,
        where: 'NOT is_alias',
      },
      { name: 'customer_identifier_by_customer', columnNames: ['organization_id', 'customer_id', 'is_alias'] },
    ],
    foreignKeys: [references('customer', ['organization_id', 'customer_id'], ['organization_id', 'id'])],
  }),
  new Table({
    name: 'customer_field',
    withoutRowid: true,
    columns: [
      key('organization_id', 'text'),
      key('customer_id', 'bigint'),
      key('kind', 'text'),
      key('name', 'text'),
      text('value'),
    ],
    foreignKeys: [references('customer', ['organization_id', 'customer_id'], ['organization_id', 'id'])],
  }),
  new Table({
    name: 'subscription',
    withoutRowid: true,
    columns: [
      key('organization_id', 'text'),
      key('customer_id', 'bigint'),
      key('channel', 'text'),
      key('priority', 'text'),
      text('status'),
      nullable(text('merge_id')),
    ],
    foreignKeys: [references('customer', ['organization_id', 'customer_id'], ['organization_id', 'id'])],
  }),
  new Table({
    name: 'customer_merge',
    columns: [
      key('organization_id', 'text'),
      key('id', 'text'),
      bigint('survivor_id'),
      bigint('victim_id'),
      bigint('sequence'),
      bigint('merged_at'),
      nullable(bigint('undone_at')),
      text('matched_on'),
      text('changes'),
      text('balances'),
      text('survivor_before'),
      text('victim_before'),
    ],
    indices: [
      { name: 'customer_merge_by_victim', columnNames: ['organization_id', 'victim_id'] },
      { name: 'customer_merge_by_survivor', columnNames: ['organization_id', 'survivor_id'] },
    ],
    foreignKeys: [
      references('customer', ['organization_id', 'victim_id'], ['organization_id', 'id']),
      references('customer', ['organization_id', 'survivor_id'], ['organization_id', 'id']),
    ],
  }),
  new Table({
    name: 'points_summary',
    withoutRowid: true,
    columns: [
      key('organization_id', 'text'),
      key('customer_id', 'bigint'),
      key('program_id', 'text'),
      bigint('lifetime_points'),
      bigint('redeemed'),
      bigint('expired'),
      bigint('returned'),
      bigint('adjusted'),
      bigint('cumulative_purchases'),
      nullable(integer('slab_serial_number')),
      nullable(bigint('slab_expires_on')),
    ],
    foreignKeys: [
      references('loyalty_program', ['organization_id', 'program_id'], ['organization_id', 'id']),
      references('customer', ['organization_id', 'customer_id'], ['organization_id', 'id']),
    ],
  }),
  new Table({
    name: 'ledger_entry',
    withoutRowid: true,
    columns: [
      key('organization_id', 'text'),
      key('customer_id', 'bigint'),
      key('sequence', 'bigint'),
      bigint('at'),
      text('kind'),
      nullable(text('program_id')),
      bigint('lifetime_points'),
      bigint('redeemed'),
      bigint('expired'),
      bigint('returned'),
      bigint('adjusted'),
      bigint('cumulative_purchases'),
      nullable(text('rule')),
      nullable(text('merge_id')),
    ],
    foreignKeys: [references('customer', ['organization_id', 'customer_id'], ['organization_id', 'id'])],
  }),
  new Table({
    name: 'reward_had',
    withoutRowid: true,
    columns: [key('organization_id', 'text'), key('customer_id', 'bigint'), key('rule', 'text')],
    foreignKeys: [references('customer', ['organization_id', 'customer_id'], ['organization_id', 'id'])],
  }),
  new Table({
    name: 'audit_event',
    withoutRowid: true,
    columns: [
      key('organization_id', 'text'),
      key('customer_id', 'bigint'),
      key('sequence', 'bigint'),
      bigint('at'),
      text('action'),
      integer('version'),
      text('request_id'),
      text('client'),
      nullable(text('till_code')),
      nullable(text('user_context')),
      text('changes'),
      nullable(text('merge_id')),
    ],
    foreignKeys: [references('customer', ['organization_id', 'customer_id'], ['organization_id', 'id'])],
  }),
  new Table({
    name: 'idempotency_record',
    withoutRowid: true,
    columns: [
      key('organization_id', 'text'),
      key('client_id', 'text'),
      key('key', 'text'),
      text('input_hash'),
      bigint('customer_id'),
      text('answer'),
      bigint('created_at'),
    ],
    indices: [{ name: 'idempotency_record_by_age', columnNames: ['created_at'] }],
  }),
];

export class Beginning1795300000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const collation = textCollation(queryRunner.connection);
    for (const table of tables.map((one) => one.clone())) {
      for (const column of table.columns) if (column.type === 'text') Object.assign(column, collation);
      await queryRunner.createTable(table);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of [...tables].reverse()) await queryRunner.dropTable(table);
  }
}
