import { hasForbiddenCharacters } from '../values/text.js';
import { decodeUtf8 } from './utf8.js';

/** What a client says of itself. */
export interface BasicCredentials {
  readonly id: string;
  readonly secret: string;
}

const BASIC = /^Basic +([A-Za-z0-9+/]+={0,2})$/i;

/**
 * The two sides of the first colon, as RFC 7617 has it: UTF-8 without control characters, in padded base64. Null where
 * the `Authorization` header is anything else.
 */
export function readBasic(authorization: string): BasicCredentials | null {
  const [, encoded = ''] = BASIC.exec(authorization) ?? [];
  const bytes = Buffer.from(encoded, 'base64');
  // Node skips what is not base64; encoded again, only what was base64 throughout is the same.
  if (encoded === '' || bytes.toString('base64') !== encoded) return null;
  const text = decodeUtf8(bytes);
  const colon = text?.indexOf(':') ?? -1;
  if (text === null || colon < 1 || hasForbiddenCharacters(text)) return null;
  return { id: text.slice(0, colon), secret: text.slice(colon + 1) };
}
