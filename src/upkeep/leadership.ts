import { setTimeout as wait } from 'node:timers/promises';
import { isObject, numberAt, objectAt, stringAt } from '../model/json.ts';
import type { Json } from '../model/json.ts';
import type { ApiServer, Trouble } from '../sources/api-server.ts';
import type { Place } from './key-store.ts';

/** How long a leader is believed without a sign of life, and how often it gives one. */
const LEASE_MS = 15_000;
const RETRY_MS = 3000;

/**
 * One replica at a time leads, by a Lease (coordination.k8s.io/v1). A leader that cannot renew stops believing that it leads
 * before another one may begin. The others count from when they last saw the Lease change, so that no two clocks are ever
 * compared (as client-go's leaderelection).
 */
export class Leadership {
  readonly #api: ApiServer;
  readonly #place: Place;
  readonly #identity: string;
  readonly #leaseMs: number;
  #leadsUntil = 0;
  #seen: { readonly text: string; readonly at: number } | undefined;

  constructor(api: ApiServer, place: Place, identity: string, leaseMs: number = LEASE_MS) {
    this.#api = api;
    this.#place = place;
    this.#identity = identity;
    this.#leaseMs = leaseMs;
  }

  /** Whether this replica leads at this moment. */
  get leads(): boolean {
    return performance.now() < this.#leadsUntil;
  }

  /**
   * Tries to lead, and to go on leading, until `signal`; then lets go, so that another one need not wait. After each try
   * `onTrouble` learns what went wrong; undefined where nothing did.
   */
  async campaign(signal: AbortSignal, onTrouble: (trouble: Trouble | undefined) => void): Promise<void> {
    while (!signal.aborted) {
      onTrouble(await this.#attempt());
      const pauseMs = Math.min(RETRY_MS, this.#leaseMs / 5) * (0.75 + Math.random() / 2);
      await wait(pauseMs, undefined, { signal }).catch(() => undefined);
    }
    if (this.leads) await this.#release();
  }

  async #attempt(): Promise<Trouble | undefined> {
    const { namespace, name } = this.#place;
    const start = performance.now();
    const found = await this.#api.get(`${this.#path}/${name}`);
    if (!found.ok && found.status !== 404) return found;
    const lease = found.ok ? found.body : null;
    if (found.ok && !this.#isMineToTake(lease)) return undefined;
    const holder = stringAt(lease, 'spec', 'holderIdentity');
    const now = `${new Date().toISOString().slice(0, -1)}000Z`;
    const isNew = holder !== this.#identity;
    const body = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: found.ok ? objectAt(lease, 'metadata') : { namespace, name },
      spec: {
        ...(isObject(lease) ? objectAt(lease, 'spec') : {}),
        holderIdentity: this.#identity,
        leaseDurationSeconds: Math.ceil(this.#leaseMs / 1000),
        renewTime: now,
        ...(isNew ? { acquireTime: now } : {}),
        leaseTransitions: (numberAt(lease, 'spec', 'leaseTransitions') ?? 0) + Number(isNew && found.ok),
      },
    };
    const answer = found.ok
      ? await this.#api.send(`${this.#path}/${name}`, { method: 'PUT', body })
      : await this.#api.send(this.#path, { method: 'POST', body });
    // Counted from before the request: the others count from after it.
    if (answer.ok) this.#leadsUntil = start + this.#leaseMs * (2 / 3);
    // Another one was quicker.
    return answer.ok || answer.status === 409 ? undefined : answer;
  }

  #isMineToTake(lease: Json): boolean {
    const holder = stringAt(lease, 'spec', 'holderIdentity');
    if (holder === undefined || holder === '' || holder === this.#identity) return true;
    const text = `${holder} ${stringAt(lease, 'spec', 'renewTime')}`;
    if (this.#seen?.text !== text) this.#seen = { text, at: performance.now() };
    return performance.now() - this.#seen.at > this.#leaseMs;
  }

  async #release(): Promise<void> {
    this.#leadsUntil = 0;
    const path = `${this.#path}/${this.#place.name}`;
    const found = await this.#api.get(path);
    if (!found.ok || stringAt(found.body, 'spec', 'holderIdentity') !== this.#identity) return;
    const spec = { ...objectAt(found.body, 'spec'), holderIdentity: '' };
    await this.#api.send(path, { method: 'PUT', body: { ...objectAt(found.body), spec } });
  }

  get #path(): string {
    return `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(this.#place.namespace)}/leases`;
  }
}
