import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assemble } from '../../src/commands/assemble.ts';
import { Picture } from '../../src/model/cluster.ts';
import { at, isObject, listAt, stringAt } from '../../src/model/json.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { KINDS } from '../../src/model/kinds.ts';
import type { Kind } from '../../src/model/kinds.ts';
import { sameObject } from '../../src/model/manifest.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { needsOf } from '../../src/policy/needs.ts';
import { start } from '../../src/server/start.ts';
import { selfMade } from '../../src/sources/certificate.ts';
import { chosen } from '../../src/sources/chosen.ts';
import { givenWorld } from '../../src/sources/world.ts';
import type { Example } from '../../src/sources/examples.ts';
import { connect } from '../../src/sources/kubeconfig.ts';
import { listCluster } from '../../src/sources/list-cluster.ts';
import { pathOf } from '../../src/sources/list-kind.ts';
import type { TestApiServer } from '../api-server.ts';
import { kubectl } from './kubectl.ts';
import type { Printed } from './kubectl.ts';
import { register } from './webhooks.ts';

/** A real cluster on which examples are played, one after the other, before a guard that lists it each time. */
export interface Stage {
  /** Puts up a cluster of an example's documents but the last, hands its scene to `act`, and leaves nothing behind. */
  play(example: Example, act: (scene: Scene) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** A cluster of the documents before the last one, which lies beside it as a file. */
export interface Scene {
  /** kubectl with these arguments and the file, which is called as the example's own. */
  kubectl(...args: string[]): Promise<Printed>;
  /** Does to the file what a denial says: its patch, cut out and pasted. Fails with kubectl's words. */
  paste(denial: string): Promise<void>;
}

/** Puts the whole guard before a cluster's API server, in this process. */
export async function stageOn(cluster: TestApiServer): Promise<Stage> {
  const rules = chosen(undefined);
  const { catalogue } = rules;
  let picture = Picture.of([]);
  // What was in the cluster before the guard came is nobody's request.
  let guarded = false;
  const whole = assemble({
    rules: () => rules,
    world: givenWorld(() => picture),
    record: () => undefined,
  });
  const guard: typeof whole = {
    ...whole,
    concerns: (...asked) => guarded && whole.concerns(...asked),
  };
  const { ca, ...tls } = await selfMade(['127.0.0.1']);
  const log = { info: () => undefined, warn: () => undefined, error: console.error };
  const door = await start({
    guard,
    log,
    tls,
    about: { version: '0', catalogue: () => catalogue.digest },
    addresses: { host: '127.0.0.1', port: 0, probePort: 0 },
  });
  const connection = await connect({ kubeconfig: cluster.kubeconfig });
  if ('problem' in connection) throw new Error(connection.problem);
  const folder = mkdtempSync(join(tmpdir(), 'seldon-guard-stage-'));
  const close = async (): Promise<void> => {
    await door.close();
    await connection.api.close();
    rmSync(folder, { recursive: true, force: true });
  };
  await register(cluster, { ...door, ca }).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  const { kinds } = needsOf(catalogue);
  return {
    async play(example, act) {
      const { cluster: before, object, name } = example;
      const made: Manifest[] = [];
      try {
        for (const manifest of [...namespacesFor(example), ...before]) {
          made.push(manifest);
          if (sameObject(manifest, object) || isKept(manifest)) await applied(cluster, manifest);
          else await cluster.ask('POST', collectionOf(manifest), completed(manifest));
        }
        const listing = await listCluster(connection.api, kinds);
        if (listing.problems.length > 0) throw new Error(listing.problems.join(' '));
        picture = Picture.of(listing.manifests, listing);
        guarded = true;
        await act(sceneOf(cluster, folder, `${name}.yaml`, completed(object)));
      } finally {
        guarded = false;
        if (!made.some((manifest) => sameObject(manifest, object))) made.push(object);
        for (const manifest of made.toReversed()) if (!isKept(manifest)) await remove(cluster, manifest);
      }
    },
    close,
  };
}

function sceneOf(cluster: TestApiServer, folder: string, file: string, object: JsonObject): Scene {
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  write(file, JSON.stringify(object));
  return {
    kubectl: (...args) => kubectl(cluster, [...args, '-f', file], '', folder),
    async paste(denial) {
      write('patch.yaml', patchIn(denial));
      const args = [
        'patch',
        '--local',
        '--type=json',
        '--patch-file',
        'patch.yaml',
        '-o',
        'json',
        '-f',
        file,
      ];
      const { code, stdout, stderr } = await kubectl(cluster, args, '', folder);
      if (code !== 0) throw new Error(stderr);
      write(file, stdout);
    },
  };
}

/** What stands below `Patch (kubectl patch --type=json):`, without its indentation. */
function patchIn(denial: string): string {
  const lines = denial.split('\n');
  const head = lines.indexOf('Patch (kubectl patch --type=json):');
  if (head < 0) return '';
  const rest = lines.slice(head + 1);
  const end = rest.findIndex((line) => !line.startsWith('  '));
  return rest.slice(0, end < 0 ? rest.length : end).join('\n');
}

/** The namespaces that an example's objects are in and that it does not create itself. */
function namespacesFor({ cluster, object }: Example): Manifest[] {
  const all = [...cluster, object];
  const own = new Set(all.filter(({ known }) => known === 'Namespace').map(({ name }) => name));
  const needed = new Set(all.map(({ namespace }) => namespace));
  return [...needed]
    .filter((name) => !own.has(name) && name !== '' && !KEPT.has(name))
    .map((name) => ({
      ...object,
      kind: 'Namespace',
      apiVersion: 'v1',
      known: 'Namespace',
      namespace: '',
      name,
      object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
    }));
}

async function applied(cluster: TestApiServer, manifest: Manifest): Promise<void> {
  const { code, stderr } = await kubectl(cluster, ['apply', '-f', '-'], completed(manifest));
  if (code !== 0) throw new Error(stderr);
}

/** The examples are cut to the bone; a real API server wants some bones more, which no policy looks at. */
export function completed({ object: given, known }: Manifest): JsonObject {
  const object: JsonObject = known === undefined ? given : { ...given, apiVersion: apiVersionOf(known) };
  const { spec } = object;
  if (known === 'Service' && listAt(spec, 'ports').length === 0)
    return { ...object, spec: { ...(isObject(spec) ? spec : {}), ports: [{ port: 53, protocol: 'UDP' }] } };
  if (known !== 'StatefulSet') return object;
  const whole = structuredClone(object);
  for (const container of listAt(whole, 'spec', 'template', 'spec', 'containers'))
    if (isObject(container) && stringAt(container, 'image') === undefined)
      Object.assign(container, { image: 'registry.example.com/any:1' });
  return whole;
}

/** The version under which the objects of a kind are posted, whatever the example was written in. */
function apiVersionOf(kind: Kind): string {
  const { group, version } = KINDS[kind];
  return group === '' ? version : `${group}/${version}`;
}

function collectionOf({ known, namespace }: Manifest): string {
  if (known === undefined) throw new Error('an example holds a kind that the guard does not read');
  return pathOf(known, KINDS[known].namespaced ? namespace : undefined);
}

/** The API server makes these namespaces itself, and lets nobody delete them. */
const KEPT: ReadonlySet<string> = new Set(['default', 'kube-system']);

function isKept({ known, name }: Manifest): boolean {
  return known === 'Namespace' && KEPT.has(name);
}

/** There is no namespace controller: the finalizer is taken off by hand, as it would. */
async function remove(cluster: TestApiServer, manifest: Manifest): Promise<void> {
  const path = `${collectionOf(manifest)}/${manifest.name}`;
  const gone = await cluster.ask('DELETE', path).catch((error: unknown) => {
    if (!String(error).includes(': 404 ')) throw error;
  });
  if (gone === undefined || manifest.known !== 'Namespace') return;
  const { apiVersion, kind } = { apiVersion: 'v1', kind: 'Namespace' };
  const metadata = {
    name: manifest.name,
    resourceVersion: at(gone as JsonObject, 'metadata', 'resourceVersion'),
  };
  await cluster.ask('PUT', `${path}/finalize`, { apiVersion, kind, metadata, spec: { finalizers: [] } });
}
