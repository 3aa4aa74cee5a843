import type { FastifyInstance } from 'fastify';
import type { BodiesUnderWay } from './bodies-under-way.js';
import { RefusedRequest } from './error-answers.js';
import { decodeUtf8 } from './utf8.js';

/**
 * Has bodies read as JSON, and no others: a form or a plain text can be sent across sites without being asked for. Refuses
 * (HTTP 400) one that is no JSON in UTF-8, or has keys that could change what objects inherit. Where there is nothing, no body
 * is read as anything.
 */
export function addJsonBody(app: FastifyInstance, bodies: Pick<BodiesUnderWay, 'read'>): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', (request, _payload, done) => {
    bodies.read(request, (error, bytes) => {
      if (error !== null || request.is404) {
        done(error);
        return;
      }
      // Fastify would read each byte that is not UTF-8 as one and the same character: several identifiers would become one.
      const text = decodeUtf8(bytes);
      if (text === null) done(new RefusedRequest(400));
      else void parse(request, text, done);
    });
  });
}
