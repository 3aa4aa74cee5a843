import type { Caller, ClientRecord } from '../organization/caller.js';
import { hashSecret, isSecret } from '../organization/secret.js';
import { hasForbiddenCharacters } from '../values/text.js';
import { decodeUtf8 } from './utf8.js';

/** The client of that id in the installation, null where there is none. */
export type FindClient = (id: string) => Promise<ClientRecord | null>;

const BASIC = /^Basic +([A-Za-z0-9+/]+={0,2})$/i;

// What the secret of an unknown client is compared with, so that the time taken does not tell which ids exist.
const NOBODYS_SECRET = hashSecret('');

/**
 * Who sends this `Authorization` header ("Who may call"): null where it is missing, malformed, or its credentials are
 * not right. Throws what `findClient` throws.
 */
export async function authenticate(authorization: string | undefined, findClient: FindClient): Promise<Caller | null> {
  const credentials = readBasic(authorization ?? '');
  if (credentials === null) return null;
  const client = await findClient(credentials.id);
  const isRight = isSecret(credentials.secret, client?.secretHash ?? NOBODYS_SECRET);
  if (client === null || !isRight) return null;
  const { id, organizationId, till, access, mayMerge } = client;
  return { id, organizationId, till, access, mayMerge };
}

/** The two sides of the first colon, as RFC 7617 has it: UTF-8 without control characters, in padded base64. */
function readBasic(authorization: string): { id: string; secret: string } | null {
  const [, encoded = ''] = BASIC.exec(authorization) ?? [];
  const bytes = Buffer.from(encoded, 'base64');
  // Node skips what is not base64; encoded again, only what was base64 throughout is the same.
  if (encoded === '' || bytes.toString('base64') !== encoded) return null;
  const text = decodeUtf8(bytes);
  const colon = text?.indexOf(':') ?? -1;
  if (text === null || colon < 1 || hasForbiddenCharacters(text)) return null;
  return { id: text.slice(0, colon), secret: text.slice(colon + 1) };
}
