import { decodeUtf8 } from '../utf8.js';
import type { Format } from './format.js';
import { readXml } from './read-xml.js';
import { unreadable } from './request-fault.js';

/** What the bytes say, as JSON has it. Throws a RequestFault, which repeats nothing of them, where they can't be read. */
export function readBody(bytes: Buffer, format: Format): unknown {
  const text = decodeUtf8(bytes)?.replace(/^\uFEFF/, '');
  if (text === undefined) throw unreadable('it is not UTF-8');
  try {
    return format === 'xml' ? readXml(text) : (JSON.parse(text) as unknown);
  } catch {
    throw unreadable(format === 'xml' ? 'it is not well-formed XML without a DOCTYPE' : 'it is not JSON');
  }
}
