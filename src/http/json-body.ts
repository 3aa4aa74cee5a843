import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { RefusedRequest } from './error-answers.js';
import { readBytes } from './read-bytes.js';
import { decodeUtf8 } from './utf8.js';

/**
 * Has bodies of at most so many bytes read as JSON, and no others: a form or a plain text can be sent across sites without
 * being asked for. Refuses (HTTP 400) one that is no JSON in UTF-8, or has keys that could change what objects inherit.
 * Where there is nothing, what was sent there is not looked at.
 */
export function addJsonBody(app: FastifyInstance, mostBytes: number): void {
  const parser = app.getDefaultJsonParser('error', 'error');
  const parse = (request: FastifyRequest, text: string) =>
    new Promise((resolve, reject) => {
      void parser(request, text, (error, body) => {
        if (error === null) resolve(body);
        else reject(error);
      });
    });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', async (request: FastifyRequest, payload: IncomingMessage) => {
    const bytes = await readBytes(payload, mostBytes);
    if (request.is404) return null;
    // Fastify would read each byte that is not UTF-8 as one and the same character: several identifiers would become one.
    const text = decodeUtf8(bytes);
    if (text === null) throw new RefusedRequest(400);
    return parse(request, text);
  });
}
