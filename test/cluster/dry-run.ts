import { Agent, request } from 'undici';
import { groupOf, KINDS, knownKind } from '../../src/model/kinds.ts';
import { at, stringAt } from '../../src/model/json.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { TestApiServer } from '../api-server.ts';

/** What the API server said to a request. */
export interface Said {
  readonly status: number;
  /** What ValidatingAdmissionPolicies warned of, by the policy's name; the words are without the API server's. */
  readonly warned: Readonly<Record<string, string>>;
  readonly body: JsonObject;
}

/** Asks an API server over one connection, where kubectl would take a process for each request. */
export class Asker {
  readonly #cluster: TestApiServer;
  readonly #agent: Agent;

  constructor(cluster: TestApiServer) {
    this.#cluster = cluster;
    this.#agent = new Agent({ connect: { ca: cluster.ca } });
  }

  /** Makes the object, or only asks whether it may be. */
  create(object: JsonObject, dryRun = true): Promise<Said> {
    return this.#ask('POST', pathOf(object), object, dryRun);
  }

  /** Asks whether the object may take the place of the one that is there. */
  replace(object: JsonObject, before: JsonObject): Promise<Said> {
    const metadata = {
      ...(object['metadata'] as JsonObject),
      resourceVersion: stringAt(before, 'metadata', 'resourceVersion') ?? '',
    };
    return this.#ask('PUT', `${pathOf(object)}/${nameOf(object)}`, { ...object, metadata }, true);
  }

  remove(object: JsonObject): Promise<Said> {
    return this.#ask('DELETE', `${pathOf(object)}/${nameOf(object)}`, undefined, false);
  }

  close(): Promise<void> {
    return this.#agent.close();
  }

  async #ask(
    method: 'POST' | 'PUT' | 'DELETE',
    path: string,
    body: JsonObject | undefined,
    dryRun: boolean,
  ): Promise<Said> {
    const reply = await request(`${this.#cluster.url}${path}${dryRun ? '?dryRun=All' : ''}`, {
      method,
      headers: { authorization: `Bearer ${this.#cluster.token}`, 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
      dispatcher: this.#agent,
    });
    const warnings = [reply.headers['warning'] ?? []].flat().join(', ');
    return {
      status: reply.statusCode,
      warned: warnedIn(warnings),
      body: bodyOf(await reply.body.text()),
    };
  }
}

/** What is not served is answered with a line of text. */
function bodyOf(text: string): JsonObject {
  return text.startsWith('{') ? (JSON.parse(text) as JsonObject) : { message: text };
}

/** One warning: `299 - "..."`, with quotes and backslashes escaped. */
function warnedIn(header: string): Readonly<Record<string, string>> {
  const texts = [...header.matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map(([, text]) =>
    (text ?? '').replaceAll(/\\(.)/g, '$1'),
  );
  return Object.fromEntries(
    texts.flatMap((text) => {
      const found =
        /^Validation failed for ValidatingAdmissionPolicy '([^']+)\.seldon-guard\.io' with binding '[^']+': ([\s\S]*)$/.exec(
          text,
        );
      return found === null ? [] : [[found[1] ?? '', found[2] ?? '']];
    }),
  );
}

const nameOf = (object: JsonObject): string => stringAt(object, 'metadata', 'name') ?? '';

function pathOf(object: JsonObject): string {
  const apiVersion = stringAt(object, 'apiVersion') ?? '';
  const kind = knownKind(groupOf(apiVersion), stringAt(object, 'kind') ?? '');
  if (kind === undefined) throw new Error(`no kind of the guard's: ${JSON.stringify(object)}`);
  const { resource, namespaced } = KINDS[kind];
  const namespace = at(object, 'metadata', 'namespace');
  const home = namespaced ? `/namespaces/${typeof namespace === 'string' ? namespace : 'default'}` : '';
  return `/${apiVersion.includes('/') ? 'apis' : 'api'}/${apiVersion}${home}/${resource}`;
}
