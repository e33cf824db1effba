import { join } from 'node:path';
import t from 'tap';
import { inspect } from '../../src/judge/inspect.ts';
import { Picture } from '../../src/model/cluster.ts';
import { manifestOf } from '../../src/model/manifest.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { readManifests } from '../../src/sources/files.ts';
import { readCatalogue } from '../../src/sources/policies.ts';
import { bench } from '../policy/made.ts';

// An object that is written twice: found where both are applied together, at the second of the two.

const CATALOGUE = readCatalogue();
const POLICY = 'resources-unique';
const object = (name: string, namespace = 'a', kind = 'Service') =>
  `apiVersion: v1\nkind: ${kind}\nmetadata:\n  name: ${name}\n  namespace: ${namespace}\n---\n`;

function found(manifests: readonly Manifest[], context: readonly Manifest[] = []) {
  const cluster = Picture.of([...context, ...manifests]);
  return inspect(manifests, cluster, bench(CATALOGUE)).flatMap(({ object: { origin }, judgements }) =>
    judgements
      .filter(({ policy }) => policy === POLICY)
      .map(({ effect, problem, field, message }) => {
        const place = origin.from === 'file' ? origin.placeOf(field) : undefined;
        return { effect, problem, message, place: `${place?.file ?? ''}:${place?.line ?? ''}` };
      }),
  );
}

/** What a scan of a folder says, with file names as they are in it. */
async function scanned(t: Tap, files: Record<string, string | Record<string, string>>) {
  const folder = t.testdir(files);
  const { manifests } = await readManifests([folder]);
  return found(manifests).map((each) => ({
    ...each,
    place: each.place.replace(`${folder}/`, ''),
    message: each.message.replace(`${folder}/`, ''),
  }));
}
type Tap = { testdir: typeof t.testdir };

void t.test('twice in a file: said of the second, which names the place of the first', async (t) => {
  const told = await scanned(t, {
    'all.yaml': object('web') + object('api') + object('web') + object('web'),
  });
  t.match(told, [
    {
      effect: 'deny',
      problem: 'twice',
      place: 'all.yaml:16',
      message: /^Service a\/web is written at all\.yaml:4 al/,
    },
    { effect: 'deny', problem: 'twice', place: 'all.yaml:22', message: /at all.yaml:16 already/ },
  ]);
  t.equal(told.length, 2);
});

void t.test('the same name is another object in another namespace, of another kind or group', async (t) => {
  const told = await scanned(t, {
    'all.yaml':
      object('web') +
      object('web', 'b') +
      object('web', 'a', 'ConfigMap') +
      object('web').replace('apiVersion: v1', 'apiVersion: serving.knative.dev/v1'),
  });
  t.strictSame(told, []);
});

void t.test('a version of the API is no part of what an object is', async (t) => {
  const hpa = (version: string) =>
    object('web', 'a', 'HorizontalPodAutoscaler').replace(
      'apiVersion: v1',
      `apiVersion: autoscaling/${version}`,
    );
  t.match(await scanned(t, { 'all.yaml': hpa('v1') + hpa('v2') }), [{ problem: 'twice' }]);
});

void t.test('two files may be alternatives, or a manifest and its patch: a warning', async (t) => {
  t.match(await scanned(t, { 'iris-v1.yaml': object('iris'), 'iris-v2.yaml': object('iris') }), [
    { effect: 'warn', problem: 'in-two-files', place: 'iris-v2.yaml:4', message: /at iris-v1.yaml:4 too/ },
  ]);
  t.match(await scanned(t, { dev: { 'a.yaml': object('web') }, prod: { 'a.yaml': object('web') } }), [
    { effect: 'warn', problem: 'in-two-files', place: 'prod/a.yaml:4', message: /at dev\/a.yaml:4 too/ },
  ]);
});

void t.test('what is only known of the cluster is no second copy, nor is what has no name yet', async (t) => {
  const folder = t.testdir({ 'a.yaml': object('web'), 'b.yaml': object('web') });
  const [a, b] = await Promise.all(['a.yaml', 'b.yaml'].map((file) => readManifests([join(folder, file)])));
  t.strictSame(found(a?.manifests ?? [], b?.manifests ?? []), []);
  const pod = manifestOf(
    { apiVersion: 'v1', kind: 'Pod', metadata: { generateName: 'web-', namespace: 'a' } },
    { from: 'cluster' },
  );
  t.strictSame(found([pod, pod]), []);
});
