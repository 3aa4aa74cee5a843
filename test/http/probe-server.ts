import { PassThrough } from 'node:stream';
import { GraphQLError } from 'graphql';
import { pino } from 'pino';
import {
  Arg,
  Ctx,
  Field,
  ID,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  registerEnumType,
  Resolver,
} from 'type-graphql';
import { requireMerge, requireRead, requireWrite } from '../../src/graphql/access.js';
import { DateTime, Decimal } from '../../src/graphql/scalars.js';
import { createMetrics } from '../../src/http/metrics.js';
import type { RequestContext } from '../../src/http/request-context.js';
import type { ClientRecord } from '../../src/organization/caller.js';
import { hashSecret } from '../../src/organization/secret.js';
import { createServer, type Server, type ServerParts } from '../../src/server.js';
import { readSettings } from '../../src/settings.js';

// A schema small enough to see through, with one field for each thing that the edge can meet. The real schema has tests
// of its own.

const Kind = { SMALL: 'SMALL', LARGE: 'LARGE' } as const;
type Kind = (typeof Kind)[keyof typeof Kind];
registerEnumType(Kind, { name: 'ProbeKind' });

@InputType()
class ProbeTag {
  @Field(() => String)
  name: string;
}

@InputType()
class ProbeInput {
  @Field(() => String, { nullable: true })
  text?: string | null;
  @Field(() => Int, { nullable: true })
  count?: number | null;
  @Field(() => DateTime, { nullable: true })
  at?: string | null;
  @Field(() => Decimal, { nullable: true })
  amount?: bigint | null;
  @Field(() => Kind, { nullable: true })
  kind?: Kind | null;
  @Field(() => Boolean, { nullable: true })
  flag?: boolean | null;
  @Field(() => ID, { nullable: true })
  id?: string | null;
  @Field(() => [ProbeTag], { nullable: true })
  tags?: ProbeTag[] | null;
}

@ObjectType()
class ProbeNode {
  @Field(() => String)
  name: string;
  @Field(() => ProbeNode)
  self: ProbeNode;
}

@ObjectType()
class ProbeEcho {
  @Field(() => String, { nullable: true })
  at: string | null;
  @Field(() => Decimal, { nullable: true })
  amount: bigint | null;
}

/** Behaviour of the probe's fields that a test chooses. */
export interface ProbeBehaviour {
  /** What `failing` throws. */
  failWith: unknown;
  /** What `slow` waits for. */
  gate: Promise<void>;
  /** Called when `slow` has begun. */
  onSlow: () => void;
  findClientFails: Error | null;
  ready: boolean | Error;
}

@Resolver()
class ProbeResolver {
  constructor(private readonly behaviour: ProbeBehaviour) {}

  @Query(() => String)
  hello(): string {
    return 'hello';
  }

  @Query(() => String)
  text(@Arg('length', () => Int) length: number): string {
    return 'x'.repeat(length);
  }

  @Query(() => ProbeNode)
  node(): ProbeNode {
    const node = new ProbeNode();
    return Object.assign(node, { name: 'node', self: node });
  }

  @Query(() => String)
  who(@Ctx() context: RequestContext): string {
    return JSON.stringify(context);
  }

  @Query(() => String, { nullable: true })
  reading(@Ctx() context: RequestContext): string {
    return requireRead(context).id;
  }

  @Query(() => String, { nullable: true })
  merging(@Ctx() context: RequestContext): string {
    return requireMerge(context).id;
  }

  @Mutation(() => String, { nullable: true })
  writing(@Ctx() context: RequestContext): string {
    return requireWrite(context).id;
  }

  @Query(() => ProbeEcho, { nullable: true })
  echo(@Arg('input', () => ProbeInput) input: ProbeInput): ProbeEcho {
    return Object.assign(new ProbeEcho(), { at: input.at ?? null, amount: input.amount ?? null });
  }

  @Query(() => Int, { nullable: true })
  echoAll(@Arg('inputs', () => [ProbeInput]) inputs: ProbeInput[]): number {
    return inputs.length;
  }

  @Query(() => DateTime)
  instant(@Arg('ms', () => String) ms: string): number {
    return Number(ms);
  }

  @Query(() => Int, { nullable: true })
  page(@Arg('first', () => Int, { defaultValue: 50 }) first: number): number {
    return first;
  }

  @Query(() => String, { nullable: true })
  failing(@Arg('text', () => String, { nullable: true }) text: string | null): string {
    if (text === 'pass') return text;
    throw this.behaviour.failWith;
  }

  @Query(() => Int, { nullable: true })
  odd(): number {
    return 447700900111;
  }

  @Query(() => String)
  async slow(): Promise<string> {
    this.behaviour.onSlow();
    await this.behaviour.gate;
    return 'done';
  }
}

export const SECRET = 'a-secret-of-the-tests';

function client(id: string, access: ClientRecord['access'], mayMerge: boolean): ClientRecord {
  return {
    id,
    organizationId: '100',
    till: 'till.1',
    access,
    mayMerge,
    secretHash: hashSecret(SECRET),
    previousSecretHash: null,
  };
}

const clients = new Map(
  [
    client('reader', 'READ', true),
    client('writer', 'WRITE', false),
    client('merger', 'WRITE', true),
    client('nobody', 'NONE', true),
  ].map((record) => [record.id, record]),
);

export function basic(id: string, secret: string = SECRET): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: { data?: Record<string, unknown> | null; errors?: AnswerError[] };
}

export interface AnswerError {
  message: string;
  path?: unknown;
  locations?: unknown;
  extensions: Record<string, unknown>;
}

export interface ProbeServer {
  readonly url: string;
  readonly server: Server;
  readonly behaviour: ProbeBehaviour;
  /** Every line that was logged. */
  logged(): Record<string, unknown>[];
  /** POST /graphql as the client `merger`, unless the headers say otherwise. */
  query(query: string, variables?: unknown, headers?: Record<string, string>): Promise<Answer>;
  send(path: string, init?: RequestInit): Promise<Answer>;
  close(): Promise<void>;
}

/** A real server on a free port, with the settings that the environment gives. */
export async function startProbeServer(
  env: Record<string, string> = {},
  parts: Partial<ServerParts> = {},
): Promise<ProbeServer> {
  const behaviour: ProbeBehaviour = {
    failWith: new GraphQLError('not set'),
    gate: Promise.resolve(),
    onSlow: () => undefined,
    findClientFails: null,
    ready: true,
  };
  const lines: string[] = [];
  const stream = new PassThrough();
  stream.on('data', (chunk: Buffer) => lines.push(chunk.toString()));
  const server = await createServer({
    settings: readSettings({ LOG_LEVEL: 'trace', ...env, PORT: '0' }),
    resolverInstances: new Map([[ProbeResolver, new ProbeResolver(behaviour)]]),
    findClient(id) {
      if (behaviour.findClientFails !== null) return Promise.reject(behaviour.findClientFails);
      return Promise.resolve(clients.get(id) ?? null);
    },
    findIssuer: () => Promise.resolve(null),
    findAccessGroups: () => Promise.resolve(new Map()),
    readsAfter: () => ({
      read: () => Promise.reject(new Error('The probe has no database')),
      pinToPrimary: () => undefined,
    }),
    lastCommit: null,
    rateLimit: null,
    // What is asked of v1.1 here ends before the engine; the endpoint has tests of its own.
    engine: { update: () => Promise.reject(new Error('The probe has no engine')) },
    loadOrganization: () => Promise.reject(new Error('The probe has no organization')),
    isReady: () =>
      behaviour.ready instanceof Error ? Promise.reject(behaviour.ready) : Promise.resolve(behaviour.ready),
    logger: pino({ level: 'trace' }, stream),
    metrics: createMetrics(() => 0),
    demo: null,
    ...parts,
  });
  const url = await server.listen();

  async function send(path: string, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(url + path, init);
    const text = await response.text();
    const isJson = text !== '' && response.headers.get('content-type')?.includes('json');
    const body = (isJson ? JSON.parse(text) : {}) as Answer['body'];
    return { status: response.status, headers: response.headers, text, body };
  }
  return {
    url,
    server,
    behaviour,
    logged: () =>
      lines
        .join('')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    send,
    query: (query, variables, headers = {}) =>
      send('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: basic('merger'), ...headers },
        body: JSON.stringify({ query, variables }),
      }),
    close: () => server.close(),
  };
}
