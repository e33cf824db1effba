import { randomUUID } from 'node:crypto';
import { Agent, request } from 'undici';
import { at, stringAt } from '../model/json.ts';
import type { Json } from '../model/json.ts';
import { groupOf, KINDS } from '../model/kinds.ts';
import type { Manifest } from '../model/manifest.ts';
import type { PatchOperation } from '../model/patch.ts';
import type { Answer, Webhook } from '../reports/answer.ts';

/** A change as somebody would ask the API server for it. */
export interface Change {
  readonly operation: 'CREATE' | 'UPDATE';
  readonly object: Manifest;
  readonly previous: Manifest | undefined;
}

/** Asks a webhook as the API server does: an AdmissionReview over HTTPS, its certificate checked against the CA. */
export class AdmissionClient {
  readonly #url: string;
  readonly #agent: Agent;

  constructor(url: string, ca: string) {
    this.#url = url;
    this.#agent = new Agent({ connect: { ca } });
  }

  /** The answer of one of the two webhooks. Throws where it is no AdmissionReview. */
  async ask(webhook: Webhook, change: Change): Promise<Answer> {
    const { statusCode, body } = await request(`${this.#url}/${webhook}?timeout=10s`, {
      dispatcher: this.#agent,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(admissionReview(change)),
    });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`the webhook answered ${statusCode}: ${text}`);
    return answerIn(JSON.parse(text) as Json);
  }

  async close(): Promise<void> {
    await this.#agent.close();
  }
}

function admissionReview({ operation, object, previous }: Change): object {
  const { apiVersion, kind, known, namespace, name } = object;
  const group = groupOf(apiVersion);
  const version = apiVersion.slice(apiVersion.indexOf('/') + 1);
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: randomUUID(),
      kind: { group, version, kind },
      resource: { group, version, resource: known === undefined ? kind : KINDS[known].resource },
      name,
      namespace: known === 'Namespace' ? name : namespace,
      operation,
      userInfo: { username: 'demo', groups: ['system:authenticated'] },
      object: object.object,
      oldObject: previous?.object ?? null,
      dryRun: false,
      options: null,
    },
  };
}

function answerIn(review: Json): Answer {
  const response = at(review, 'response');
  const patch = stringAt(response, 'patch');
  return {
    allowed: at(response, 'allowed') === true,
    warnings: (at(response, 'warnings') ?? []) as string[],
    auditAnnotations: (at(response, 'auditAnnotations') ?? {}) as Record<string, string>,
    ...(at(response, 'status') === undefined
      ? {}
      : { status: at(response, 'status') as unknown as NonNullable<Answer['status']> }),
    ...(patch === undefined
      ? {}
      : { patch: JSON.parse(Buffer.from(patch, 'base64').toString('utf8')) as PatchOperation[] }),
  };
}
