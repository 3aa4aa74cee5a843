/** Where the API is, and who calls it: by default `npm start` on this machine, and a client of its demo organization. */
export interface Connection {
  readonly url: string;
  readonly authorization: string;
}

export function readConnection(env: NodeJS.ProcessEnv): Connection {
  const {
    CUSTOMER_API_URL: url = 'http://127.0.0.1:4000/graphql',
    CUSTOMER_API_CLIENT: client = 'till.london.1',
    CUSTOMER_API_SECRET: secret = 'at-least-16-characters',
  } = env;
  return { url, authorization: `Basic ${Buffer.from(`${client}:${secret}`).toString('base64')}` };
}
