import { fillDatabase } from './database.mjs';

/** Databases on a PostgreSQL server by their URLs, as `makeDatabase` and `copyDatabase` have them in files. */
export function postgresDatabases(server, folder) {
  const names = new Map();
  const made = async (name, template) => {
    const database = await server.database(name, template);
    names.set(database.url, database.name);
    return database.url;
  };
  return {
    /** Made by the service's own import. */
    async make(name, world) {
      const url = await made(name);
      await fillDatabase(url, folder, world);
      return url;
    },
    copy: (url, name) => made(name, names.get(url)),
  };
}
