import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { figure, json } from '../database/columns.js';
import type { Access } from './caller.js';
import type { FieldType } from './field-value.js';
import type { FieldKind } from './organization.js';

@Entity('organization')
export class OrganizationRow {
  @PrimaryColumn('text') id: string;
  @Column('text') name: string;
  @Column('text', { name: 'default_country', nullable: true }) defaultCountry: string | null;
  @Column('text', { name: 'time_zone' }) timeZone: string;
  /** Grows with each import, so that a running service sees that its settings are out of date. */
  @Column('integer') revision: number;
}

@Entity('organization_config', { withoutRowid: true })
@ForeignKey('OrganizationRow', ['organizationId'], ['id'])
export class OrganizationConfigRow {
  @PrimaryColumn('text', { name: 'organization_id' }) organizationId: string;
  @PrimaryColumn('text') key: string;
  @Column('text') value: string;
}

@Entity('till', { withoutRowid: true })
@ForeignKey('OrganizationRow', ['organizationId'], ['id'])
export class TillRow {
  @PrimaryColumn('text', { name: 'organization_id' }) organizationId: string;
  @PrimaryColumn('text') code: string;
  @Column('text') name: string;
}

@Entity('field_definition', { withoutRowid: true })
@ForeignKey('OrganizationRow', ['organizationId'], ['id'])
export class FieldDefinitionRow {
  @PrimaryColumn('text', { name: 'organization_id' }) organizationId: string;
  @PrimaryColumn('text') kind: FieldKind;
  @PrimaryColumn('text') name: string;
  @Column('text', { nullable: true }) label: string | null;
  @Column('text') type: FieldType;
  @Column({ ...json('options'), nullable: true }) options: string[] | null;
  @Column('integer', { name: 'max_length', nullable: true }) maxLength: number | null;
  @Column('text', { nullable: true }) pattern: string | null;
  @Column('integer') position: number;
}

@Entity('loyalty_program', { withoutRowid: true })
@ForeignKey('OrganizationRow', ['organizationId'], ['id'])
export class LoyaltyProgramRow {
  @PrimaryColumn('text', { name: 'organization_id' }) organizationId: string;
  @PrimaryColumn('text') id: string;
  @Column('text') name: string;
  @Column('boolean', { name: 'is_default' }) isDefault: boolean;
  @Column('integer') position: number;
}

@Entity('slab', { withoutRowid: true })
@ForeignKey('LoyaltyProgramRow', ['organizationId', 'programId'], ['organizationId', 'id'])
export class SlabRow {
  @PrimaryColumn('text', { name: 'organization_id' }) organizationId: string;
  @PrimaryColumn('text', { name: 'program_id' }) programId: string;
  @PrimaryColumn('integer', { name: 'serial_number' }) serialNumber: number;
  @Column('text') name: string;
  @Column('text', { nullable: true }) description: string | null;
}

@Entity('reward_rule', { withoutRowid: true })
@ForeignKey('LoyaltyProgramRow', ['organizationId', 'programId'], ['organizationId', 'id'])
export class RewardRuleRow {
  @PrimaryColumn('text', { name: 'organization_id' }) organizationId: string;
  @PrimaryColumn('text') name: string;
  @Column('text', { name: 'program_id' }) programId: string;
  @Column(figure('points')) points: bigint;
  @Column(json('fields')) fields: string[];
  @Column('integer') position: number;
}

@Entity('access_group', { withoutRowid: true })
@ForeignKey('OrganizationRow', ['organizationId'], ['id'])
export class AccessGroupRow {
  @PrimaryColumn('text', { name: 'organization_id' }) organizationId: string;
  @PrimaryColumn('text') name: string;
  @Column('text', { name: 'customer_access' }) customer: Access;
  @Column('boolean', { name: 'may_merge' }) merge: boolean;
}

/** Its key, and that of an issuer, does not begin with the organization: it names the organization. */
@Entity('client', { withoutRowid: true })
@Index('client_by_organization', ['organizationId'])
@ForeignKey('AccessGroupRow', ['organizationId', 'accessGroup'], ['organizationId', 'name'])
@ForeignKey('TillRow', ['organizationId', 'till'], ['organizationId', 'code'])
export class ClientRow {
  @PrimaryColumn('text') id: string;
  @Column('text', { name: 'organization_id' }) organizationId: string;
  @Column('text', { name: 'secret_hash' }) secretHash: string;
  @Column('text', { name: 'previous_secret_hash', nullable: true }) previousSecretHash: string | null;
  @Column('text', { name: 'access_group' }) accessGroup: string;
  @Column('text', { name: 'till_code', nullable: true }) till: string | null;
}

@Entity('issuer', { withoutRowid: true })
@Index('issuer_by_organization', ['organizationId'])
@ForeignKey('OrganizationRow', ['organizationId'], ['id'])
export class IssuerRow {
  @PrimaryColumn('text') issuer: string;
  @Column('text', { name: 'organization_id' }) organizationId: string;
  @Column('text') audience: string;
  @Column('text') jwks: string;
  @Column('text', { name: 'client_claim' }) clientClaim: string;
  @Column('text', { name: 'access_group_claim' }) accessGroupClaim: string;
}
