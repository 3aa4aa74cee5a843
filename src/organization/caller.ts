export const accessLevels = ['NONE', 'READ', 'WRITE'] as const;
export type Access = (typeof accessLevels)[number];

/** Who calls: a till or an integration, and what its access group lets it do. */
export interface Caller {
  readonly id: string;
  readonly organizationId: string;
  readonly till: string | null;
  readonly access: Access;
  readonly mayMerge: boolean;
}

/** A caller as stored, with what its secret is checked against. */
export interface ClientRecord extends Caller {
  readonly secretHash: string;
}
