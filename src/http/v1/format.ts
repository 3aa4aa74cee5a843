import type { FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';

export type Format = 'json' | 'xml';

/** Answers are sent as the first of a format's media types. */
export const mediaTypes = {
  json: ['application/json'],
  xml: ['application/xml', 'text/xml'],
} as const satisfies Record<Format, readonly [string, ...string[]]>;

/** In which format a request is read, null where in none of ours, and in which it is answered. */
export interface Formats {
  readonly request: Format | null;
  readonly answer: Format;
}

/** `?format=` decides both; without it Content-Type decides the request and Accept the answer, each for the other too. */
export function formatsOf(request: FastifyRequest): Formats {
  const { format: named } = request.query as { readonly format?: unknown };
  const type = mediaTypeOf(request);
  const contentFormat = formatOfMediaType(type);
  const accepted = acceptedFormat(request, contentFormat ?? 'json');
  const isRefused = isCrossSiteForm(request, contentFormat);
  const unnamed = {
    request: isRefused ? null : type === '' ? (accepted ?? 'json') : contentFormat,
    answer: accepted ?? contentFormat ?? 'json',
  };
  if (named === undefined || named === '') return unnamed;
  const format = typeof named === 'string' ? formatOf(named.toLowerCase()) : null;
  if (format === null) return { ...unnamed, request: null };
  return { request: isRefused ? null : format, answer: format };
}

const formatOf = (name: string): Format | null => (name === 'json' || name === 'xml' ? name : null);

function mediaTypeOf({ headers }: FastifyRequest): string {
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  return type.trim().toLowerCase();
}

function formatOfMediaType(type: string): Format | null {
  const found = Object.entries(mediaTypes).find(([, types]) => (types as readonly string[]).includes(type));
  return found === undefined ? null : (found[0] as Format);
}

/** The format that the Accept header prefers, of equal ones `fallback`; null where it names none or is not there. */
function acceptedFormat(request: FastifyRequest, fallback: Format): Format | null {
  if (request.headers.accept === undefined) return null;
  const other: Format = fallback === 'json' ? 'xml' : 'json';
  const offered = [...mediaTypes[fallback], ...mediaTypes[other]];
  const [preferred = ''] = new Negotiator({ headers: request.headers }).mediaTypes(offered);
  return formatOfMediaType(preferred);
}

/**
 * Old clients send JSON and XML as a form, or without a type. But so could another site through a visitor's browser, without
 * being asked for, with the credentials that the browser knows; browsers say from where they send.
 */
const isCrossSiteForm = ({ headers }: FastifyRequest, contentFormat: Format | null): boolean =>
  headers.origin !== undefined && contentFormat === null;
