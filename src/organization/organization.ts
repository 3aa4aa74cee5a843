import type { IdentifierType } from '../values/identifier-type.js';
import type { Instant } from '../values/instant.js';
import type { Thousandths } from '../values/decimal.js';
import type { FieldRule } from './field-value.js';

export type FieldKind = 'CUSTOM' | 'EXTENDED';

export interface FieldDefinition extends FieldRule {
  readonly name: string;
  readonly label: string | null;
}

export interface Till {
  readonly code: string;
  readonly name: string;
}

export interface Slab {
  readonly serialNumber: number;
  readonly name: string;
  readonly description: string | null;
}

export interface LoyaltyProgram {
  readonly id: string;
  readonly name: string;
  readonly default: boolean;
  /** By serial number, lowest first. */
  readonly slabs: readonly Slab[];
}

export interface RewardRule {
  readonly name: string;
  readonly programId: string;
  readonly points: Thousandths;
  readonly fields: readonly string[];
}

export const mergePolicies = ['AUTOMATIC', 'NON_LOYALTY_ONLY', 'NEVER'] as const;
export type MergePolicy = (typeof mergePolicies)[number];

/** What the organization's configs mean, read once when the organization is loaded. */
export interface OrganizationRules {
  readonly primaryIdentifier: IdentifierType;
  readonly strictPrimaryIdentifier: boolean;
  /** Whether a customer without an identifier of the type may be given one. */
  readonly identifierUpdateAllowed: Readonly<Record<IdentifierType, boolean>>;
  /** Beside the primary one, what enrolment asks for. */
  readonly requiredForLoyalty: Readonly<Record<IdentifierType, boolean>>;
  readonly minRegistrationDate: Instant;
  readonly mergePolicy: MergePolicy;
  /** As configured; `isPlaceholder` makes them canonical. */
  readonly mergePlaceholders: readonly string[];
  readonly mergeBlockedOn: readonly IdentifierType[];
  readonly mergeUndoDays: number;
  readonly mergeOverwritesExtendedFields: boolean;
  readonly mergeSkips: Readonly<Record<FieldKind, boolean>>;
}

/** An organization with everything that is configured for it, in the order of its file. Never changed: a new import makes a new one. */
export interface Organization {
  readonly id: string;
  readonly name: string;
  readonly defaultCountry: string | null;
  readonly timeZone: string;
  readonly configs: readonly { readonly key: string; readonly value: string }[];
  readonly rules: OrganizationRules;
  readonly customFields: readonly FieldDefinition[];
  readonly extendedFields: readonly FieldDefinition[];
  readonly tills: ReadonlyMap<string, Till>;
  /** The default program first, then as in the organization's file. */
  readonly programs: readonly LoyaltyProgram[];
  readonly rewardRules: readonly RewardRule[];
}
