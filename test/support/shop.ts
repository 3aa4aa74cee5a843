import type { FastifyInstance } from 'fastify';
import type {
  Customer,
  GraphqlError,
  Merge,
  Undone,
  UndoPayload,
  Updated,
  UpdateInput,
  UpdatePayload,
  UpdatesPayload,
} from './answers.js';
import { documents } from './documents.js';
import { clientId, SECRET, type ClientName } from './settings.js';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly data: Readonly<Record<string, unknown>> | null;
  readonly errors: readonly GraphqlError[];
}

export interface HttpRequest {
  readonly method?: 'GET' | 'HEAD' | 'OPTIONS' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly payload?: string | Buffer;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** What a GraphQL error, which no test here wants unless it says so, is thrown as. */
export class UnexpectedErrors extends Error {
  constructor(
    readonly answer: RawAnswer,
    logged: readonly string[],
  ) {
    super([...answer.errors.map((error) => JSON.stringify(error)), ...logged].join('\n'));
  }
}

export interface ShopParts {
  readonly app: FastifyInstance;
  readonly organizationId: string;
  /** What the server has logged lately, for the message of an error that no test wants. */
  readonly logged: () => readonly string[];
}

/** One organization, as one of its clients sees it through the API. */
export class Shop {
  constructor(
    private readonly parts: ShopParts,
    readonly client: ClientName = 'till',
    private readonly headers: Readonly<Record<string, string>> = {},
  ) {}

  get id(): string {
    return this.parts.organizationId;
  }

  get clientId(): string {
    return clientId(this.client, this.id);
  }

  /** The same organization, as another of its clients. */
  as(client: ClientName): Shop {
    return new Shop(this.parts, client, this.headers);
  }

  /** The same client, sending these headers too. */
  with(headers: Readonly<Record<string, string>>): Shop {
    return new Shop(this.parts, this.client, { ...this.headers, ...headers });
  }

  async update(input: UpdateInput): Promise<UpdatePayload> {
    return (await this.ask(documents.updateCustomer, { input }))['updateCustomer'] as UpdatePayload;
  }

  async preview(input: UpdateInput): Promise<UpdatePayload> {
    return (await this.ask(documents.previewCustomerUpdate, { input }))['previewCustomerUpdate'] as UpdatePayload;
  }

  async updateMany(inputs: readonly UpdateInput[]): Promise<UpdatesPayload> {
    return (await this.ask(documents.updateCustomers, { inputs }))['updateCustomers'] as UpdatesPayload;
  }

  async undo(mergeId: string): Promise<UndoPayload> {
    return (await this.ask(documents.undoCustomerMerge, { mergeId }))['undoCustomerMerge'] as UndoPayload;
  }

  /** Updates, and throws with the errors where that is refused. */
  async updated(input: UpdateInput): Promise<Updated> {
    return succeeded(await this.update(input));
  }

  async previewed(input: UpdateInput): Promise<Updated> {
    return succeeded(await this.preview(input));
  }

  async undone(mergeId: string): Promise<Undone> {
    const payload = await this.undo(mergeId);
    const { restored, survivor, errors } = payload;
    if (restored === null || survivor === null) throw new Error(`refused: ${JSON.stringify(errors)}`);
    return { ...payload, restored, survivor };
  }

  async findCustomer(by: Pick<UpdateInput, 'id' | 'mobile' | 'email' | 'externalId'>): Promise<Customer | null> {
    return (await this.ask(documents.customer, by))['customer'] as Customer | null;
  }

  /** The customer with this id, or its survivor; throws where there is none. */
  async customer(id: string): Promise<Customer> {
    const customer = await this.findCustomer({ id });
    if (customer === null) throw new Error(`There is no customer ${id}`);
    return customer;
  }

  async merge(id: string): Promise<Merge | null> {
    return (await this.ask(documents.merge, { id }))['merge'] as Merge | null;
  }

  /** Sends any document, and answers whatever comes back. */
  async send(query: string, variables: object = {}): Promise<RawAnswer> {
    const response = await this.parts.app.inject({
      method: 'POST',
      url: '/graphql',
      headers: {
        authorization: this.authorization,
        ...this.headers,
      },
      payload: { query, variables },
    });
    const body = response.json<{ data?: RawAnswer['data']; errors?: RawAnswer['errors'] }>();
    return {
      status: response.statusCode,
      headers: response.headers,
      data: body.data ?? null,
      errors: body.errors ?? [],
    };
  }

  /** Sends any HTTP request with the client's credentials, and answers the text that comes back. */
  async request(request: HttpRequest): Promise<HttpAnswer> {
    const { method = 'POST', url, headers = {}, payload } = request;
    const response = await this.parts.app.inject({
      method,
      url,
      headers: { authorization: this.authorization, ...this.headers, ...headers },
      ...(payload === undefined ? {} : { payload }),
    });
    return { status: response.statusCode, headers: response.headers, text: response.body };
  }

  private get authorization(): string {
    return `Basic ${Buffer.from(`${this.clientId}:${SECRET}`).toString('base64')}`;
  }

  private async ask(query: string, variables: object): Promise<Readonly<Record<string, unknown>>> {
    const answer = await this.send(query, variables);
    if (answer.errors.length > 0 || answer.data === null) throw new UnexpectedErrors(answer, this.parts.logged());
    return answer.data;
  }
}

function succeeded(payload: UpdatePayload): Updated {
  const { customer, planHash } = payload;
  if (customer === null || planHash === null) throw new Error(`refused: ${JSON.stringify(payload.errors)}`);
  return { ...payload, customer, planHash };
}
