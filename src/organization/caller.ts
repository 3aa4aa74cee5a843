export const accessLevels = ['NONE', 'READ', 'WRITE'] as const;
export type Access = (typeof accessLevels)[number];

/** What an access group lets its clients do. */
export interface AccessGroup {
  readonly access: Access;
  readonly mayMerge: boolean;
}

/** Who calls: a till or an integration, and what its access group lets it do. */
export interface Caller extends AccessGroup {
  readonly id: string;
  readonly organizationId: string;
  readonly till: string | null;
}

/** A caller as stored, with what its secret is checked against. */
export interface ClientRecord extends Caller {
  readonly secretHash: string;
  /** Of the secret before the current one, which is right until the next one is made. Null where there is none. */
  readonly previousSecretHash: string | null;
}
