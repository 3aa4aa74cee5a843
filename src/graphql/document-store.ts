import type { ApolloServerOptions, BaseContext } from '@apollo/server';
import type { DocumentNode } from 'graphql';

type DocumentStore = NonNullable<ApolloServerOptions<BaseContext>['documentStore']>;

// Measured: a parsed document takes about sixty times the memory of its text, and one of 15 bytes twice that, so this is 30 to
// 64 MiB. Apollo's own store takes four times that, and writes each document as JSON to learn its size.
const MOST_TEXT = 512 * 1024;

/**
 * Keeps the documents used last, parsed and found valid, so that a client's few operations are parsed once. Clients that
 * write values into documents instead of variables push out others, never more memory.
 */
export function createDocumentStore(mostText = MOST_TEXT): DocumentStore {
  const documents = new Map<string, DocumentNode>();
  let text = 0;

  function remove(key: string): boolean {
    text -= lengthOf(documents.get(key));
    return documents.delete(key);
  }

  return {
    get(key) {
      const document = documents.get(key);
      if (document !== undefined) {
        // A Map keeps the order of insertion: what was used last goes to the end.
        documents.delete(key);
        documents.set(key, document);
      }
      return Promise.resolve(document);
    },
    set(key, document) {
      remove(key);
      documents.set(key, document);
      text += lengthOf(document);
      for (const oldest of documents.keys()) {
        if (text <= mostText) break;
        remove(oldest);
      }
      return Promise.resolve();
    },
    delete: (key) => Promise.resolve(remove(key)),
  };
}

function lengthOf(document: DocumentNode | undefined): number {
  return document?.loc?.end ?? 0;
}
