import { readFileSync } from 'node:fs';
import type { OrganizationSetting, CustomerSetting } from '../../support/settings.js';
import type { HttpAnswer, Shop } from '../../support/shop.js';

// A client of the v1.1 API, which sends and gets what its pages say.

export const PATH = '/v1.1/customer/update';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export interface ItemStatus {
  success: string;
  code: string;
  message: string;
  warnings: { warning: string[] };
}

export interface AnsweredCustomer {
  [key: string]: Json | ItemStatus;
  item_status: ItemStatus;
}

export interface Status {
  success: string;
  code: number;
  message: string;
  total: string;
  success_count: string;
}

export interface Envelope {
  response: { status: Status; customers: { customer: AnsweredCustomer[] } };
}

export const JSON_TYPE = { 'content-type': 'application/json' };
export const XML_TYPE = { 'content-type': 'application/xml' };

export const sendJson = (shop: Shop, body: unknown, url = PATH): Promise<HttpAnswer> =>
  shop.request({ url, headers: JSON_TYPE, payload: JSON.stringify(body) });

export const sendXml = (shop: Shop, payload: string, url = PATH): Promise<HttpAnswer> =>
  shop.request({ url, headers: XML_TYPE, payload });

/** Updates in JSON, and answers the envelope; throws where the request is refused as a whole. */
export async function updateAll(shop: Shop, customer: unknown): Promise<Envelope> {
  const { status, text } = await sendJson(shop, { root: { customer } });
  if (status !== 200) throw new Error(text);
  return JSON.parse(text) as Envelope;
}

export async function updateOne(shop: Shop, customer: unknown): Promise<AnsweredCustomer> {
  const [only, ...others] = (await updateAll(shop, [customer])).response.customers.customer;
  if (only === undefined || others.length > 0) throw new Error('One customer was sent');
  return only;
}

/** The code and the success of one customer's update. */
export async function codeOf(shop: Shop, customer: unknown): Promise<string> {
  const { success, code } = (await updateOne(shop, customer)).item_status;
  if ((success === 'true') !== (code === '1000')) throw new Error(`success ${success} with ${code}`);
  return code;
}

export const statusOf = ({ text }: HttpAnswer): Status => (JSON.parse(text) as Envelope).response.status;

interface OrganizationFile {
  organization: OrganizationSetting;
  customers: CustomerSetting[];
}

/** What the demo organization is, whose first customer is the one of the page's example. */
export function demo(): { setting: OrganizationSetting; rita: CustomerSetting } {
  const text = readFileSync(new URL('../../../demo/northwind.json', import.meta.url), 'utf8');
  const { organization, customers } = JSON.parse(text) as OrganizationFile;
  const { timeZone, defaultCountry, configs, tills, customFields, extendedFields, programs, rewardRules } =
    organization;
  const [rita] = customers;
  const setting = { timeZone, defaultCountry, configs, tills, customFields, extendedFields, programs, rewardRules };
  return { setting: setting as OrganizationSetting, rita: rita ?? {} };
}
