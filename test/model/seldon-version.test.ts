import t from 'tap';
import { Narrowed, Picture } from '../../src/model/cluster.ts';
import { listAt, stringAt } from '../../src/model/json.ts';
import { runtimeService } from '../../src/model/operator-services.ts';
import { isBefore, seldonRelease, SELDON_RELEASE_KINDS } from '../../src/model/seldon-version.ts';
import { podTemplatesOf, POD_TEMPLATE_KINDS } from '../../src/model/workload.ts';
import { settingsOf } from '../../src/policy/settings.ts';
import { corpusText, manifestsIn, noCorpus } from './corpus.ts';

const workload = (name: string, image: string) => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: o }
spec:
  template:
    metadata: { labels: { control-plane: v2-controller-manager } }
    spec: { containers: [{ name: manager, image: '${image}' }] }
---
`;
const serverConfig = (image: string) => `
apiVersion: mlops.seldon.io/v1alpha1
kind: ServerConfig
metadata: { name: mlserver, namespace: o }
spec: { podSpec: { containers: [{ name: agent, image: '${image}' }] } }
---
`;
const seldonConfig = (image: string) => `
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonConfig
metadata: { name: default, namespace: o }
spec:
  components:
  - name: seldon-scheduler
    volumeClaimTemplates: [{ name: data }]
    podSpec: { containers: [{ name: scheduler, image: '${image}', env: [{ name: LOG, value: base }] }] }
---
`;
const release = (...texts: string[]) => seldonRelease(Picture.of(manifestsIn(texts.join(''))));

void t.test('the release is the tag of the images', (t) => {
  for (const [image, expected] of [
    ['docker.io/seldonio/seldonv2-controller:2.10.2', '2.10.2'],
    ['seldonio/seldonv2-controller:v2.9.1', '2.9.1'],
    ['registry.example.com:5000/mirror/seldonv2-controller:2.8.5@sha256:0123', '2.8.5'],
    ['seldonv2-controller:2.9.0-fixed-v2', '2.9.0'],
    ['seldonio/seldonv2-controller:latest', undefined],
    ['seldonio/seldonv2-controller', undefined],
    ['seldonio/seldonv2-controller:2.9', undefined],
    ['seldonio/seldonv2-controller:1.18.2', undefined],
    ['seldonio/seldonv2-controller:2.9.1.7', undefined],
    ['example.com/not-seldonv2-controller:2.9.1', undefined],
    ['docker.io/seldonio/mlserver:2.0.0', undefined],
  ] as const)
    t.equal(release(workload('a', image)), expected, image);
  t.end();
});

void t.test('the operator is asked first, then the configurations, then what runs', (t) => {
  const [operator, envoy] = ['seldonio/seldonv2-controller:2.10.1', 'seldonio/seldon-envoy:2.8.3'];
  const agent = serverConfig('seldonio/seldon-agent:2.9.1');
  t.equal(release(workload('a', envoy), agent, workload('b', operator)), '2.10.1');
  t.equal(release(workload('a', envoy), agent), '2.9.1');
  t.equal(release(workload('a', envoy)), '2.8.3');
  t.equal(release(seldonConfig('seldonio/seldon-scheduler:2.8.4')), '2.8.4');
  t.equal(release(), undefined);
  t.equal(
    release(workload('a', operator), workload('b', 'seldonio/seldonv2-controller:2.9.1'), agent),
    undefined,
    'two operators: it may be either',
  );
  t.end();
});

void t.test('what the guard was told counts before what it sees', (t) => {
  const picture = Picture.of(manifestsIn(workload('a', 'seldonio/seldonv2-controller:2.10.1')));
  t.equal(seldonRelease(new Narrowed(picture, SELDON_RELEASE_KINDS, 'test', '2.9.1')), '2.9.1');
  t.equal(seldonRelease(new Narrowed(picture, SELDON_RELEASE_KINDS, 'test')), '2.10.1');
  t.equal(settingsOf({ seldonVersion: '2.9.1' }).settings?.seldonVersion, '2.9.1');
  t.strictSame(settingsOf({ seldonVersion: 'v2' }).faults, [
    'seldonVersion: expected a release such as 2.9.1, not v2',
  ]);
  t.strictSame(settingsOf({ seldonVersion: 2.9 }).faults, ['seldonVersion: expected string']);
  t.end();
});

void t.test("upstream's own manifests tell", { skip: noCorpus }, (t) => {
  t.equal(release(corpusText('upstream-good/v2.9.1/components.yaml')), '2.9.1');
  t.end();
});

void t.test('releases are in the order of their numbers', (t) => {
  t.ok(isBefore('2.9.1', '2.10.0'));
  t.notOk(isBefore('2.10.0', '2.9.1'));
  t.notOk(isBefore('2.9.1', '2.9.1'));
  t.ok(isBefore('2.9', '2.9.1'));
  t.end();
});

void t.test('from 2.10.0 on nobody makes a Service for the pipelinegateway', (t) => {
  for (const [tag, made] of [
    ['2.9.1', true],
    ['2.10.0', false],
    [undefined, true],
  ] as const) {
    t.equal(runtimeService('seldon-pipelinegateway', tag) !== undefined, made, String(tag));
    t.not(runtimeService('seldon-mesh', tag), undefined);
  }
  t.end();
});

void t.test('before 2.9.0 a podSpec override does nothing to a StatefulSet', (t) => {
  const [runtime] = manifestsIn(`
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: { name: seldon, namespace: n }
spec:
  seldonConfig: default
  overrides:
  - name: seldon-scheduler
    podSpec: { containers: [{ name: scheduler, env: [{ name: LOG, value: mine }] }] }
`);
  for (const [tag, values] of [
    ['2.8.5', ['base']],
    ['2.9.0', ['base', 'mine']],
    ['latest', ['base', 'mine']],
  ] as const) {
    const picture = Picture.of(manifestsIn(seldonConfig(`seldonio/seldon-scheduler:${tag}`)));
    const [template] = podTemplatesOf(runtime!, new Narrowed(picture, POD_TEMPLATE_KINDS, 'test'));
    const env = listAt(template?.spec, 'containers', 0, 'env').map((each) => stringAt(each, 'value'));
    t.strictSame(env, values, tag);
  }
  t.end();
});
