import { describe, expect, test } from 'vitest';
import { readOrganizationFile, type OrganizationFile } from '../../src/organization/organization-file.js';
import type { FileFault } from '../../src/organization/file-fault.js';

const read = (organization: unknown, rest: object = {}): OrganizationFile | readonly FileFault[] =>
  readOrganizationFile({ organization, ...rest });

/** The settings of a file that has nothing wrong. */
function settingsOf(organization: object): OrganizationFile['organization'] {
  const file = read({ id: '7', name: 'Corner Shop', ...organization });
  if ('organization' in file) return file.organization;
  throw new Error(JSON.stringify(file));
}

function faultsOf(organization: unknown, rest?: object): readonly FileFault[] {
  const file = read(organization, rest);
  return 'organization' in file ? [] : file;
}

const withField = (field: object) => ({ customFields: [{ name: 'size', type: 'STRING', ...field }] });
const withClient = (client: object) => ({
  clients: [{ id: 'till.1', secret: 'sixteen-letters!', accessGroup: 'tills', ...client }],
});
const withRule = (rule: object) => ({
  rewardRules: [{ name: 'gift', programId: '1', points: '5', fields: ['email'], ...rule }],
});

describe('readOrganizationFile', () => {
  test('needs an id and a name, and no more', () => {
    expect(read({ id: '7', name: 'Corner Shop' })).toEqual({
      organization: {
        id: '7',
        name: 'Corner Shop',
        defaultCountry: null,
        timeZone: 'UTC',
        configs: new Map(),
        tills: [],
        customFields: [],
        extendedFields: [],
        programs: [],
        rewardRules: [],
        accessGroups: [],
        clients: [],
        issuers: [],
      },
      customers: [],
    });
  });

  test('tells everything that is wrong in one go', () => {
    const organization = { id: '7', configs: { MERGE_POLICY: 'MAYBE' }, tills: [{ code: 't' }] };
    expect(
      faultsOf(organization)
        .map(({ path }) => path)
        .sort(),
    ).toEqual(['organization.configs.MERGE_POLICY', 'organization.name', 'organization.tills[0].name']);
  });

  test.each<[string, object, string[]]>([
    [
      'of two configs, one of which is no text',
      { configs: { CONF_ALLOW_EMAIL_UPDATE: true, MERGE_POLICY: 'MAYBE', MERGE_UNDO_DAYS: 14 } },
      ['configs.CONF_ALLOW_EMAIL_UPDATE', 'configs.MERGE_POLICY'],
    ],
    [
      'of a till that is there twice, and others that are none',
      { tills: [{ code: 'a', name: 'One' }, { code: 'a' }, { code: 7, name: 'Three' }, 'a', 'a'] },
      ['tills[1].code', 'tills[1].name', 'tills[2].code', 'tills[3]', 'tills[4]'],
    ],
    [
      'of a field that is there twice, and one of a wrong form',
      {
        customFields: [
          { name: 'a', type: 'DATE', label: 7, options: ['x'] },
          { name: 'a', type: 'STRING', pattern: '(' },
          { name: 'b', label: 7, options: ['x'] },
          { name: 'c', type: 'ENUM', options: ['x', 7, 'x'] },
          { name: 'd', type: 'TEXT', options: ['x'] },
          { name: 'e', type: 'ENUM', label: 7 },
        ],
      },
      [
        'customFields[0].label',
        'customFields[0].options',
        'customFields[1].name',
        'customFields[1].pattern',
        'customFields[2].label',
        'customFields[2].type',
        'customFields[3].options[1]',
        'customFields[3].options[2]',
        'customFields[4].type',
        'customFields[5].label',
        'customFields[5].options',
      ],
    ],
    [
      'of access groups, clients, issuers and rewards that are there twice',
      {
        accessGroups: [{ name: 'tills', customer: 'READ' }, { name: 'tills' }],
        clients: [...withClient({}).clients, ...withClient({ secret: 'short' }).clients],
        issuers: [{ issuer: 'a', audience: 'b', jwks: 'keys.json' }, { issuer: 'a' }],
        rewardRules: [...withRule({}).rewardRules, ...withRule({ points: 0 }).rewardRules],
      },
      [
        'accessGroups[1].customer',
        'accessGroups[1].name',
        'clients[1].id',
        'clients[1].secret',
        'issuers[1].audience',
        'issuers[1].issuer',
        'issuers[1].jwks',
        'rewardRules[1].name',
        'rewardRules[1].points',
      ],
    ],
    [
      'of programs: one twice, two defaults, a slab twice',
      {
        programs: [
          {
            id: 1,
            name: 'a',
            default: true,
            slabs: [{ serialNumber: 1 }, { serialNumber: 1, name: 'y' }, { serialNumber: 1.5, name: 'z' }],
          },
          { id: '1', default: true },
        ],
      },
      [
        'programs',
        'programs[0].slabs[0].name',
        'programs[0].slabs[1].serialNumber',
        'programs[0].slabs[2].serialNumber',
        'programs[1].id',
        'programs[1].name',
      ],
    ],
  ])('tells everything %s', (_, changed, paths) => {
    const faults = faultsOf({ id: '7', name: 'Corner Shop', ...changed });
    expect(faults.map(({ path }) => path).sort()).toEqual(paths.map((path) => `organization.${path}`));
  });

  test('takes null for a key that is left out', () => {
    const settings = settingsOf({ defaultCountry: null, timeZone: null, configs: null, tills: null, issuers: null });
    expect(settings).toEqual(settingsOf({}));
  });

  test('takes numbers where it shows digits in strings', () => {
    const settings = settingsOf({
      id: 7,
      configs: { MERGE_UNDO_DAYS: 14 },
      programs: [{ id: 1016, name: 'Main' }],
      ...withRule({ programId: 1016, points: 2.5 }),
    });
    expect(settings).toMatchObject({
      id: '7',
      configs: new Map([['MERGE_UNDO_DAYS', '14']]),
      programs: [{ id: '1016', default: false, slabs: [] }],
      rewardRules: [{ programId: '1016', points: 2500n }],
    });
  });

  test('lets an access group merge unless it says otherwise', () => {
    const { accessGroups } = settingsOf({
      accessGroups: [
        { name: 'a', customer: 'WRITE' },
        { name: 'b', customer: 'NONE', merge: false },
      ],
    });
    expect(accessGroups.map(({ merge }) => merge)).toEqual([true, false]);
  });

  test('takes two ENUM options, and two custom fields, that differ in case alone', () => {
    settingsOf({
      customFields: [
        { name: 'size', type: 'ENUM', options: ['s', 'S'] },
        { name: 'Size', type: 'STRING' },
      ],
    });
  });

  test.each(['GB', 'IN', 'AQ', 'XK'])('takes the country %s', (defaultCountry) => {
    expect(settingsOf({ defaultCountry }).defaultCountry).toBe(defaultCountry);
  });

  const issuer = { issuer: 'https://login.example.com', audience: 'customers', jwks: 'keys.json' };

  test('takes issuers, with claims of their own or the usual ones', () => {
    expect(settingsOf({ issuers: [issuer] }).issuers).toEqual([
      { ...issuer, clientClaim: 'client_id', accessGroupClaim: 'group' },
    ]);
    const claims = { clientClaim: 'azp', accessGroupClaim: 'https://example.com/group' };
    expect(settingsOf({ issuers: [{ ...issuer, ...claims }] }).issuers).toEqual([{ ...issuer, ...claims }]);
    expect(faultsOf({ id: '7', name: 'Corner Shop', issuers: [{ ...issuer, jwks: 7, secret: 'x' }] })).toEqual([
      { path: 'organization.issuers[0].jwks', reason: 'must be a string' },
      { path: 'organization.issuers[0].secret', reason: 'is no key that is known here' },
    ]);
  });

  test.each([
    'keys.json',
    '/etc/keys.json',
    'C:\\keys.json',
    'https://login.example.com/keys',
    'http://localhost:8080/keys',
    'http://127.0.0.1/keys',
    'http://[::1]:8080/keys',
  ])('takes %s for where the keys of an issuer are', (jwks) => {
    expect(settingsOf({ issuers: [{ ...issuer, jwks }] }).issuers).toMatchObject([{ jwks }]);
  });

  test.each([
    'http://login.example.com/keys',
    'HTTP://login.example.com/keys',
    'http://localhost.example.com/keys',
    'https://user:password@login.example.com/keys',
    'https://',
    'ftp://login.example.com/keys',
    'file:///etc/keys.json',
    'data:application/json,{}',
  ])('refuses %s for where the keys of an issuer are', (jwks) => {
    const reason = 'must be a URL of https (of http on this machine only), or the path of a file';
    expect(faultsOf({ id: '7', name: 'Corner Shop', issuers: [{ ...issuer, jwks }] })).toEqual([
      { path: 'organization.issuers[0].jwks', reason },
    ]);
  });

  test.each<[string, unknown, string]>([
    ['nothing', undefined, 'organization'],
    ['a list', [], 'organization'],
    ['no id', { name: 'x' }, 'organization.id'],
    ['no name', { id: '7' }, 'organization.name'],
  ])('refuses %s', (_, organization, path) => {
    expect(faultsOf(organization).map((fault) => fault.path)).toEqual([path]);
  });

  test.each<[string, object, string]>([
    ['an unknown key', { colour: 'red' }, 'organization.colour'],
    ['an id of letters', { id: 'seven' }, 'organization.id'],
    ['an id that was rounded', { id: 2 ** 53 }, 'organization.id'],
    ['an empty name', { name: '  ' }, 'organization.name'],
    ['a name with a control character', { name: 'Corner\u0000Shop' }, 'organization.name'],
    ['a country in small letters', { defaultCountry: 'gb' }, 'organization.defaultCountry'],
    ['a country that is none', { defaultCountry: 'ZZ' }, 'organization.defaultCountry'],
    ['a time zone that is none', { timeZone: 'Europe/Nowhere' }, 'organization.timeZone'],
    ['an offset as time zone', { timeZone: '+01:00' }, 'organization.timeZone'],
    ['a config that is no text', { configs: { MERGE_POLICY: true } }, 'organization.configs.MERGE_POLICY'],
    ['a bad value of a known config', { configs: { MERGE_POLICY: 'MAYBE' } }, 'organization.configs.MERGE_POLICY'],
    ['a till without a code', { tills: [{ name: 'One' }] }, 'organization.tills[0].code'],
    [
      'a till twice',
      {
        tills: [
          { code: 'a', name: 'One' },
          { code: 'a', name: 'Two' },
        ],
      },
      'organization.tills[1].code',
    ],
    ['an unknown key of a till', { tills: [{ code: 'a', name: 'One', city: 'X' }] }, 'organization.tills[0].city'],
    ['an unknown type', withField({ type: 'TEXT' }), 'organization.customFields[0].type'],
    ['ENUM without options', withField({ type: 'ENUM' }), 'organization.customFields[0].options'],
    ['ENUM with no option', withField({ type: 'ENUM', options: [] }), 'organization.customFields[0].options'],
    [
      'an option that no value can match',
      withField({ type: 'ENUM', options: ['a '] }),
      'organization.customFields[0].options[0]',
    ],
    [
      'an option twice',
      withField({ type: 'ENUM', options: ['é', 'e\u0301'] }),
      'organization.customFields[0].options[1]',
    ],
    ['options of another type', withField({ options: ['a'] }), 'organization.customFields[0].options'],
    ['maxLength of another type', withField({ type: 'DATE', maxLength: 3 }), 'organization.customFields[0].maxLength'],
    ['a maxLength of 0', withField({ maxLength: 0 }), 'organization.customFields[0].maxLength'],
    ['a pattern of another type', withField({ type: 'DATE', pattern: 'x' }), 'organization.customFields[0].pattern'],
    ['a pattern that does not compile', withField({ pattern: '(' }), 'organization.customFields[0].pattern'],
    [
      'a pattern that may never end',
      withField({ pattern: String.raw`^(\w+\s?)*$` }),
      'organization.customFields[0].pattern',
    ],
    ['a pattern with U+0000', withField({ pattern: 'a\0' }), 'organization.customFields[0].pattern'],
    ['a pattern with half a character', withField({ pattern: 'a\ud800' }), 'organization.customFields[0].pattern'],
    [
      'a pattern that does not with the flag u',
      withField({ pattern: String.raw`\-` }),
      'organization.customFields[0].pattern',
    ],
    [
      'a custom field twice',
      {
        customFields: [
          { name: 'a', type: 'DATE' },
          { name: 'a', type: 'DATE' },
        ],
      },
      'organization.customFields[1].name',
    ],
    [
      'an extended field twice, in another case',
      {
        extendedFields: [
          { name: 'a', type: 'DATE' },
          { name: 'A', type: 'DATE' },
        ],
      },
      'organization.extendedFields[1].name',
    ],
    [
      'a program twice',
      {
        programs: [
          { id: '1', name: 'a' },
          { id: 1, name: 'b' },
        ],
      },
      'organization.programs[1].id',
    ],
    [
      'two defaults',
      {
        programs: [
          { id: '1', name: 'a', default: true },
          { id: '2', name: 'b', default: true },
        ],
      },
      'organization.programs',
    ],
    [
      'a slab 0',
      { programs: [{ id: '1', name: 'a', slabs: [{ serialNumber: 0, name: 'x' }] }] },
      'organization.programs[0].slabs[0].serialNumber',
    ],
    [
      'a slab twice',
      {
        programs: [
          {
            id: '1',
            name: 'a',
            slabs: [
              { serialNumber: 1, name: 'x' },
              { serialNumber: 1, name: 'y' },
            ],
          },
        ],
      },
      'organization.programs[0].slabs[1].serialNumber',
    ],
    ['a reward of nothing', withRule({ points: '0' }), 'organization.rewardRules[0].points'],
    ['a reward with four places', withRule({ points: '0.0001' }), 'organization.rewardRules[0].points'],
    ['a reward below zero', withRule({ points: '-5' }), 'organization.rewardRules[0].points'],
    ['a reward for nothing', withRule({ fields: [] }), 'organization.rewardRules[0].fields'],
    ['a reward for a thing twice', withRule({ fields: ['email', 'email'] }), 'organization.rewardRules[0].fields[1]'],
    [
      'an access that is none',
      { accessGroups: [{ name: 'a', customer: 'ADMIN' }] },
      'organization.accessGroups[0].customer',
    ],
    ['a client id with a colon', withClient({ id: 'till:1' }), 'organization.clients[0].id'],
    ['a short secret', withClient({ secret: 'fifteen-letters' }), 'organization.clients[0].secret'],
    ['customers that are no list', {}, 'customers'],
  ])('refuses %s', (name, changed, path) => {
    const rest = name === 'customers that are no list' ? { customers: {} } : {};
    const faults = faultsOf({ id: '7', name: 'Corner Shop', ...changed }, rest);
    expect(faults).toEqual([{ path, reason: expect.stringMatching(/^(must|is|takes) ./) as unknown }]);
  });

  test('tells all that is wrong, and never a secret', () => {
    const faults = faultsOf({ id: 'x', name: '', ...withClient({ secret: 'too-short', till: 7 }) });
    expect(faults).toEqual([
      { path: 'organization.id', reason: 'must be digits, 20 at most' },
      { path: 'organization.name', reason: 'must be 1 to 255 characters' },
      { path: 'organization.clients[0].secret', reason: 'must be 16 characters at least' },
      { path: 'organization.clients[0].till', reason: 'must be a string' },
    ]);
  });

  test('refuses keys beside the organization and its customers', () => {
    expect(faultsOf({ id: '7', name: 'Corner Shop' }, { version: 2 })).toEqual([
      { path: 'version', reason: 'is no key that is known here' },
    ]);
  });
});
