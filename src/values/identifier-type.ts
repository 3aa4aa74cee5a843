/** The kinds of identifier, in the order in which they are looked up and answered. */
export const IdentifierType = { MOBILE: 'MOBILE', EMAIL: 'EMAIL', EXTERNAL_ID: 'EXTERNAL_ID' } as const;
export type IdentifierType = (typeof IdentifierType)[keyof typeof IdentifierType];

export const identifierTypes = Object.values(IdentifierType);
