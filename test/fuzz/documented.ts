import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { readXml } from '../../src/http/v1/read-xml.js';
import type { HttpAnswer } from '../support/shop.js';

/** README, "Codes": GraphQL errors that a request can cause by itself, so none of ours. */
const callersCodes = new Set([
  ...['BAD_USER_INPUT', 'BATCH_TOO_LARGE', 'UNAUTHENTICATED', 'FORBIDDEN', 'GRAPHQL_PARSE_FAILED'],
  ...['GRAPHQL_VALIDATION_FAILED', 'OPERATION_RESOLUTION_FAILURE', 'BAD_REQUEST', 'NOT_FOUND', 'METHOD_NOT_ALLOWED'],
  ...[
    'PAYLOAD_TOO_LARGE',
    'UNSUPPORTED_MEDIA_TYPE',
    'REQUEST_TIMEOUT',
    'HEADERS_TOO_LARGE',
    'PERSISTED_QUERY_NOT_SUPPORTED',
  ],
]);

interface GraphqlBody {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly { readonly message: unknown; readonly extensions?: { readonly code?: unknown } }[];
}

/** Everything about the answer of `/graphql` that is other than README and behaviour page say; none for a right one. */
export function faultsOfGraphql({ status, headers, text }: HttpAnswer): string[] {
  const faults: string[] = [];
  if (status !== 200 && (status < 400 || status >= 500)) faults.push(`status ${status}`);
  if (!/^application\/(?:graphql-response\+)?json\b/.test(String(headers['content-type']))) {
    return [...faults, `content type ${String(headers['content-type'])}`];
  }
  const body = JSON.parse(text) as GraphqlBody;
  const unknown = Object.keys(body).filter((key) => key !== 'data' && key !== 'errors');
  if (unknown.length > 0) faults.push(`keys ${unknown.join()}`);
  for (const { message, extensions, ...rest } of body.errors ?? []) {
    const code = extensions?.code;
    if (typeof code !== 'string' || !callersCodes.has(code)) faults.push(`code ${String(code)}`);
    if (typeof message !== 'string' || message === '') faults.push('no message');
    const others = Object.keys(rest).filter((key) => key !== 'locations' && key !== 'path');
    if (others.length > 0) faults.push(`an error with ${others.join()}`);
    if (Object.keys(extensions ?? {}).length !== 1) faults.push(`extensions ${JSON.stringify(extensions)}`);
  }
  if (body.errors === undefined && body.data === undefined) faults.push('neither data nor errors');
  if (body.errors?.length === 0) faults.push('no error in errors');
  return faults;
}

/** The same of the payloads in it, where the document asks for all of them under their own names. */
export function faultsOfPayloads({ text }: HttpAnswer): string[] {
  const { data } = JSON.parse(text) as GraphqlBody;
  return payloadsIn(data ?? {}).flatMap(faultsOfPayload);
}

type Payload = Readonly<Record<string, unknown>>;

const payloadsIn = (data: Payload): Payload[] =>
  Object.values(data).flatMap((value): Payload[] => {
    if (typeof value !== 'object' || value === null) return [];
    if ('results' in value) return value.results as Payload[];
    return 'success' in value ? [value] : [];
  });

/** "An error anywhere: … success: false, successCount: 0, customer: null, the errors as data." */
function faultsOfPayload(payload: Payload): string[] {
  const errors = payload['errors'] as readonly { legacyCode: number; message: string; field: string[] }[];
  const refused = errors.length > 0;
  const faults = errors.flatMap(({ message }) => (message === '' ? ['an error without a message'] : []));
  if (payload['success'] === refused) faults.push(`success ${String(payload['success'])} with ${errors.length} errors`);
  const given = ['customer', 'planHash', 'restored', 'survivor'].filter((key) => key in payload);
  for (const key of given)
    if ((payload[key] === null) !== refused) faults.push(`${key} ${JSON.stringify(payload[key])}`);
  return faults;
}

/** What `GET /v1.1/openapi.json` says, held against answers. */
export class Description {
  private readonly validators: Record<'UpdateAnswer' | 'Refusal', ValidateFunction>;

  constructor(text: string) {
    const { components } = JSON.parse(text) as { components: object };
    const ajv = new Ajv2020({ strict: true, strictTypes: false });
    ajv.addVocabulary(['xml', 'components']);
    ajv.addSchema({ $id: 'api', components });
    const validator = (name: string) => ajv.compile({ $ref: `api#/components/schemas/${name}` });
    this.validators = { UpdateAnswer: validator('UpdateAnswer'), Refusal: validator('Refusal') };
  }

  faultsOf({ status, headers, text }: HttpAnswer): string[] {
    if (status !== 200 && (status < 400 || status >= 500)) return [`status ${status}`];
    const type = String(headers['content-type']);
    if (type === 'application/xml; charset=utf-8') return faultsOfXml(text);
    if (type !== 'application/json; charset=utf-8') return [`content type ${type}`];
    const validate = this.validators[status === 200 ? 'UpdateAnswer' : 'Refusal'];
    validate(JSON.parse(text));
    return (validate.errors ?? []).map((error) => JSON.stringify(error));
  }
}

function faultsOfXml(text: string): string[] {
  try {
    const answer = readXml(text);
    return typeof answer === 'object' && 'response' in answer ? [] : ['no response in the XML'];
  } catch (error) {
    return [`not well-formed: ${String(error)}`];
  }
}
