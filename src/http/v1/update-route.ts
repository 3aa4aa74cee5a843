import { promisify } from 'node:util';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Engine } from '../../customer/engine/engine.js';
import { mostItems } from '../../customer/update/update.input.js';
import { updatePayload } from '../../customer/update/update.payload.js';
import { requireWrite } from '../../graphql/access.js';
import type { Caller } from '../../organization/caller.js';
import type { Organization } from '../../organization/organization.js';
import { addressOf } from '../address-of.js';
import type { Authenticate } from '../authenticate.js';
import { challenge } from '../challenge.js';
import { changeOrigin } from '../change-origin.js';
import { isPreflight } from '../cors-options.js';
import type { RefusalContent, RefusalStatus } from '../error-answers.js';
import type { RateLimit } from '../rate-limit.js';
import type { BodiesUnderWay } from '../bodies-under-way.js';
import { recordOf } from '../request-log.js';
import { noteCaller, noteUpdates } from '../request-record.js';
import { READ_AFTER_HEADER, READ_FROM_PRIMARY, readUserContext } from '../request-context.js';
import { envelope, refusalEnvelope } from './envelope.js';
import { formatsOf, mediaTypes } from './format.js';
import { given, givenList, isObject } from './given.js';
import { readBody } from './read-body.js';
import { readCustomer } from './read-customer.js';
import { refused, requestFaultOf, RequestFault, unreadable } from './request-fault.js';
import { writeBody } from './write-body.js';

export interface UpdateRouteParts {
  readonly engine: Pick<Engine, 'update'>;
  readonly loadOrganization: (id: string) => Promise<Organization>;
  readonly authenticate: Authenticate;
  readonly bodies: BodiesUnderWay;
  /** Null where queries need not be told what to be after. */
  readonly lastCommit: (() => string) | null;
  /** Null where clients may send as much as they like. */
  readonly rateLimit: RateLimit | null;
  /** Counts the work as under way until it settles. */
  readonly track: <T>(work: Promise<T>) => Promise<T>;
  readonly logger: Logger;
}

/** `POST /v1.1/customer/update`: the update of v1.1, in JSON and XML. Whatever is wrong is answered in its own envelope. */
export async function addUpdateRoute(app: FastifyInstance, parts: UpdateRouteParts): Promise<void> {
  await app.register(
    (scope, _options, done) => {
      addUpdate(scope, parts);
      done();
    },
    { prefix: '/v1.1/customer/update' },
  );
}

function addUpdate(
  app: FastifyInstance,
  { engine, loadOrganization, authenticate, bodies, lastCommit, rateLimit, track, logger }: UpdateRouteParts,
): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', async (request: FastifyRequest) => {
    const bytes = await promisify(bodies.read)(request);
    return request.is404 ? null : readBody(bytes, formatsOf(request).request ?? 'json');
  });
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const fault = requestFaultOf(error, request, logger);
    if (fault.httpStatus === 401) reply.header('www-authenticate', challenge(request.headers.authorization));
    if (fault.httpStatus >= 500 && lastCommit !== null) reply.header(READ_AFTER_HEADER, READ_FROM_PRIMARY);
    if (fault.retryAfter !== null) reply.header('retry-after', fault.retryAfter);
    if (fault.httpStatus === 405) reply.header('allow', 'POST');
    return answer(reply.code(fault.httpStatus), refusalEnvelope(fault));
  });
  // Of several faults the first of these is answered, then what is found while the body is read.
  app.addHook('onRequest', async (request, reply) => {
    if (isPreflight(request)) return reply.code(204).send();
    await callerOf(request);
    if (request.method !== 'POST') throw refused(405);
    if (formatsOf(request).request === null) throw refused(415);
    return undefined;
  });
  // Fastify refuses what is no media type, as old clients may send it beside ?format=: it is told what was decided instead.
  app.addHook('preParsing', (request, _reply, payload, done) => {
    const { request: format } = formatsOf(request);
    const { headers } = request.raw;
    if (format !== null && headers['content-type'] !== undefined) headers['content-type'] = mediaTypes[format][0];
    done(null, payload);
  });
  // Else each OPTIONS were answered as a preflight, whoever sends it.
  app.options('', { config: { cors: { preflightContinue: true } } }, () => {
    throw refused(405);
  });
  // Another method, or a path below this one.
  app.setNotFoundHandler(() => {
    throw refused(404);
  });
  const config = {
    refusalContent: (status: RefusalStatus, request: FastifyRequest) =>
      content(request, refusalEnvelope(refused(status))),
  };
  app.post('', { config }, (request, reply) =>
    track(update(request).then((answered) => answerUpdate(reply, answered))),
  );

  /** Throws where the request may not update. */
  async function callerOf(request: FastifyRequest): Promise<Caller> {
    const caller = await authenticate({ authorization: request.headers.authorization, address: addressOf(request) });
    noteCaller(recordOf(request), caller);
    return requireWrite({ caller });
  }

  function answerUpdate(reply: FastifyReply, answered: object): FastifyReply {
    if (lastCommit !== null) reply.header(READ_AFTER_HEADER, lastCommit());
    return answer(reply, answered);
  }

  async function update(request: FastifyRequest): Promise<object> {
    bodies.take(request);
    // Once more: while its body was on its way, the client may have been revoked.
    const caller = await callerOf(request);
    const context = { requestId: request.id, caller, userContext: readUserContext(request.headers) };
    const customers = readCustomers(request);
    await rateLimit?.take(caller, customers.length);
    const organization = await loadOrganization(caller.organizationId);
    const origin = changeOrigin(context, caller);
    const read = customers.map((customer) => readCustomer(customer, organization.timeZone));
    const items = read.map(({ input, faults }) => ({ organization, caller, origin, input, inputFaults: faults }));
    const record = recordOf(request);
    record.operations = ['v1.1/customer/update'];
    const outcomes = await engine.update(items, (batch) => {
      record.batch = batch;
    });
    const payloads = outcomes.map((outcome) => updatePayload(outcome, organization));
    noteUpdates(record, payloads);
    return envelope(
      payloads.map((payload, index) => ({ input: read[index]?.input ?? {}, payload })),
      organization,
    );
  }
}

/** The customers of the request, 1 to 100. Throws a RequestFault for any other number. */
function readCustomers({ body }: FastifyRequest): readonly unknown[] {
  const root = given(body, 'root');
  const single = given(root, 'customer');
  const customers = Array.isArray(single) || isObject(single) ? givenList(root, 'customer') : [];
  if (customers.length === 0) throw unreadable('it has no root with a customer');
  if (customers.length > mostItems) {
    const message = `At most ${mostItems} customers can be updated at once, not ${customers.length}`;
    throw new RequestFault(400, message, 1060, customers.length);
  }
  return customers;
}

function answer(reply: FastifyReply, answered: object): FastifyReply {
  const { type, body } = content(reply.request, answered);
  return reply.type(type).send(body);
}

function content(request: FastifyRequest, answered: object): RefusalContent {
  const { answer: format } = formatsOf(request);
  return { type: `${mediaTypes[format][0]}; charset=utf-8`, body: writeBody(answered, format) };
}
