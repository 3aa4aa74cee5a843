// What an organization file and its customers may hold, as a test gives them.

export interface FieldSetting {
  name: string;
  label?: string;
  type: 'STRING' | 'INTEGER' | 'DOUBLE' | 'BOOLEAN' | 'DATE' | 'DATETIME' | 'ENUM';
  options?: readonly string[];
  maxLength?: number;
  pattern?: string;
}

export interface OrganizationSetting {
  defaultCountry?: string | null;
  timeZone?: string;
  configs?: Readonly<Record<string, string>>;
  tills?: readonly { code: string; name: string }[];
  customFields?: readonly FieldSetting[];
  extendedFields?: readonly FieldSetting[];
  programs?: readonly {
    id: string;
    name: string;
    default?: boolean;
    slabs?: readonly { serialNumber: number; name: string; description?: string }[];
  }[];
  rewardRules?: readonly { name: string; programId: string; points: string; fields: readonly string[] }[];
  issuers?: readonly IssuerSetting[];
}

export interface IssuerSetting {
  issuer: string;
  audience: string;
  jwks: string;
  clientClaim?: string;
  accessGroupClaim?: string;
}

export interface SummarySetting {
  programId: string;
  redeemed?: string;
  expired?: string;
  returned?: string;
  adjusted?: string;
  lifetimePoints?: string;
  cumulativePurchases?: string;
  slabSNo?: number;
  slabExpiryDate?: string;
}

export interface CustomerSetting {
  id?: string;
  mobile?: string | null;
  email?: string | null;
  externalId?: string | null;
  firstname?: string;
  lastname?: string;
  type?: 'LOYALTY' | 'NON_LOYALTY';
  fraudStatus?: 'CONFIRMED' | 'NONE';
  registeredOn?: string;
  registeredTill?: string;
  associatedWith?: string;
  lifetimePurchases?: string;
  customFields?: Readonly<Record<string, string>>;
  extendedFields?: Readonly<Record<string, string>>;
  subscriptions?: readonly {
    channel: 'SMS' | 'EMAIL';
    priority: 'TRANS' | 'BULK';
    status: 'SUBSCRIBED' | 'UNSUBSCRIBED';
  }[];
  pointsSummaries?: readonly SummarySetting[];
}

/** Where a test says nothing else: one of each kind of field, two programs of which the second is the default. */
export const defaultOrganization = {
  defaultCountry: 'GB',
  timeZone: 'UTC',
  tills: [
    { code: 'till.1', name: 'First' },
    { code: 'till.2', name: 'Second' },
  ],
  customFields: [
    { name: 'nickname', type: 'STRING', maxLength: 40 },
    { name: 'age', label: 'Age', type: 'INTEGER' },
    { name: 'shoeSize', type: 'DOUBLE' },
    { name: 'isStudent', type: 'BOOLEAN' },
    { name: 'birthday', type: 'DATE' },
    { name: 'lastVisit', type: 'DATETIME' },
  ],
  extendedFields: [
    { name: 'Gender', type: 'ENUM', options: ['Male', 'Female', 'Other'] },
    { name: 'city', type: 'STRING' },
  ],
  programs: [
    { id: '7', name: 'Coffee', slabs: [{ serialNumber: 1, name: 'cup' }] },
    {
      id: '1016',
      name: 'Main',
      default: true,
      slabs: [
        { serialNumber: 1, name: 'bronze', description: 'Entry' },
        { serialNumber: 2, name: 'silver', description: 'After 1000 points' },
        { serialNumber: 5, name: 'gold' },
      ],
    },
  ],
} satisfies OrganizationSetting;

export const SECRET = 'a-secret-of-the-tests';

/** The clients that every organization has, by what they may do; ids are made its own with a suffix. */
export const clients = {
  till: { group: { customer: 'WRITE' }, till: 'till.1' },
  integration: { group: { customer: 'WRITE', merge: true }, till: null },
  clerk: { group: { customer: 'WRITE', merge: false }, till: null },
  report: { group: { customer: 'READ' }, till: null },
  nobody: { group: { customer: 'NONE' }, till: null },
} as const;
export type ClientName = keyof typeof clients;

export const clientId = (client: ClientName, organizationId: string): string => `${client}.${organizationId}`;

/** The JSON of an organization file. */
export function organizationFile(id: string, setting: OrganizationSetting): object {
  const organization = { ...defaultOrganization, ...setting };
  const hasFirstTill = organization.tills.some(({ code }) => code === 'till.1');
  return {
    organization: {
      id,
      name: `Shop ${id}`,
      ...organization,
      accessGroups: Object.entries(clients).map(([name, { group }]) => ({ name, ...group })),
      clients: Object.entries(clients).map(([name, { till }]) => ({
        id: clientId(name as ClientName, id),
        secret: SECRET,
        accessGroup: name,
        till: hasFirstTill ? till : null,
      })),
    },
    customers: [],
  };
}
