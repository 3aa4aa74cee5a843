import type { PassThrough } from 'node:stream';

/** All that was written to the stream and has not been read. Each read answers all of it, or, in newer Node.js, what one write had. */
export function writtenTo(stream: PassThrough): string {
  const pieces: Buffer[] = [];
  for (let piece = read(stream); piece !== null; piece = read(stream)) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

const read = (stream: PassThrough): Buffer | null => stream.read() as Buffer | null;
