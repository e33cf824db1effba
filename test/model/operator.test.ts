import t from 'tap';
import { Narrowed, Picture } from '../../src/model/cluster.ts';
import {
  configFor,
  OPERATOR_CONFIG_KINDS,
  operatorHome,
  operatorNamespaceFor,
  operatorsOf,
} from '../../src/model/operator.ts';
import { manifestsIn } from './corpus.ts';

const MANAGER = (namespace: string, env: string, args = ''): string => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: seldon-v2-controller-manager, namespace: ${namespace} }
spec:
  template:
    metadata: { labels: { control-plane: v2-controller-manager } }
    spec:
      containers:
        - name: manager
          ${args}
          env: [${env}]
---
`;
const CHART_ARGS =
  'args: [--leader-elect, "--watch-namespaces=$(WATCH_NAMESPACES)", "--clusterwide=$(CLUSTERWIDE)"]';
const env = (clusterwide: string, watched = ''): string =>
  `{ name: CLUSTERWIDE, value: '${clusterwide}' }, { name: WATCH_NAMESPACES, value: '${watched}' }`;
const CONFIG = (kind: string, namespace: string, name = 'mlserver'): string =>
  `{ apiVersion: mlops.seldon.io/v1alpha1, kind: ${kind}, metadata: { name: ${name}, namespace: ${namespace} } }\n---\n`;

const picture = (...texts: string[]): Picture => Picture.of(manifestsIn(texts.join('')));
const answers = (text: string, ...namespaces: string[]): string[] =>
  namespaces.map((namespace) => operatorsOf(picture(text))[0]?.watches(namespace) ?? 'no operator');

void t.test('without clusterwide the operator watches its own namespace alone', async (t) => {
  t.strictSame(answers(MANAGER('o', env('false', 'a'), CHART_ARGS), 'o', 'a', 'b'), ['yes', 'no', 'no']);
});

void t.test('clusterwide it watches all, or those that are listed and its own', async (t) => {
  t.strictSame(answers(MANAGER('o', env('true'), CHART_ARGS), 'o', 'a'), ['yes', 'yes']);
  t.strictSame(answers(MANAGER('o', env('true', 'a, b,'), CHART_ARGS), 'o', 'a', 'b', 'c'), [
    'yes',
    'yes',
    'yes',
    'no',
  ]);
});

void t.test('what it watches is listed with its own namespace', async (t) => {
  const scope = (text: string) => operatorsOf(picture(text))[0]?.scope;
  t.strictSame(scope(MANAGER('o', env('true', 'a,b'), CHART_ARGS)), ['a', 'b', 'o']);
  t.strictSame(scope(MANAGER('o', env('true'), CHART_ARGS)), 'all');
  t.strictSame(scope(MANAGER('o', env('false', 'a'), CHART_ARGS)), ['o']);
});

void t.test('settings that come from elsewhere leave all but its own namespace open', async (t) => {
  const from = '{ name: CLUSTERWIDE, valueFrom: { configMapKeyRef: { name: c, key: k } } }';
  t.strictSame(answers(MANAGER('o', from, CHART_ARGS), 'o', 'a'), ['yes', 'unknown']);
  const watched = `{ name: CLUSTERWIDE, value: 'true' }, { name: WATCH_NAMESPACES, valueFrom: { configMapKeyRef: { name: c, key: k } } }`;
  t.strictSame(answers(MANAGER('o', watched, CHART_ARGS), 'o', 'a'), ['yes', 'unknown']);
});

void t.test(
  'only the flags count where there are arguments; the variables alone where there are none',
  async (t) => {
    t.strictSame(answers(MANAGER('o', env('true'), 'args: [--leader-elect]'), 'a'), ['no']);
    t.strictSame(answers(MANAGER('o', '', 'args: [--clusterwide, --watch-namespaces, a]'), 'a', 'b'), [
      'yes',
      'no',
    ]);
    t.strictSame(answers(MANAGER('o', env('true')), 'a'), ['yes']);
  },
);

void t.test('a Deployment is an operator by the labels of its pods', async (t) => {
  const other = MANAGER('o', env('true')).replace('v2-controller-manager }', 'controller-manager }');
  t.equal(operatorsOf(picture(other)).length, 0);
  t.equal(operatorsOf(picture('{ apiVersion: apps/v1, kind: Deployment, spec: null }')).length, 0);
});

void t.test('configurations are looked up where the operator that watches the namespace runs', async (t) => {
  const cluster = picture(
    MANAGER('o', env('true', 'a'), CHART_ARGS),
    MANAGER('p', env('true', 'b'), CHART_ARGS),
    CONFIG('ServerConfig', 'a'),
  );
  t.equal(operatorNamespaceFor(cluster, 'a'), 'o');
  t.equal(operatorNamespaceFor(cluster, 'b'), 'p');
  t.equal(operatorHome(cluster, 'b').by, 'operator');
  const { config, missing } = configFor(cluster, 'ServerConfig', 'mlserver', operatorHome(cluster, 'a'));
  t.equal(config, undefined, 'one in the namespace of the Server is not looked at');
  t.equal(missing, 'ServerConfig o/mlserver');
});

void t.test('without a visible operator the namespace that holds the configurations is taken', async (t) => {
  const cluster = picture(CONFIG('ServerConfig', 'o'), CONFIG('SeldonConfig', 'o', 'default'));
  t.strictSame(operatorHome(cluster, 'a'), {
    namespace: 'o',
    candidates: ['o'],
    by: 'configs',
    serversBecome: 'StatefulSet',
    release: undefined,
  });
  t.equal(configFor(cluster, 'ServerConfig', 'mlserver', operatorHome(cluster, 'a')).config?.namespace, 'o');
});

void t.test('where several are possible it says so', async (t) => {
  const two = picture(
    CONFIG('ServerConfig', 'o'),
    CONFIG('ServerConfig', 'p'),
    CONFIG('ServerConfig', 'p', 'b'),
  );
  const home = operatorHome(two, 'a');
  t.equal(home.namespace, undefined);
  t.strictSame(home.candidates, ['o', 'p']);
  t.equal(configFor(two, 'ServerConfig', 'mlserver', home).missing, 'ServerConfig mlserver (in one of o, p)');
  t.equal(
    configFor(two, 'ServerConfig', 'b', home).config?.namespace,
    'p',
    'but one of the name is that one',
  );
  const both = picture(MANAGER('o', env('true'), CHART_ARGS), MANAGER('p', env('true'), CHART_ARGS));
  t.strictSame(operatorHome(both, 'a').candidates, ['o', 'p']);
  t.equal(operatorNamespaceFor(both, 'a'), undefined);
});

void t.test('with nothing in the picture nothing is known', async (t) => {
  const home = operatorHome(picture(), 'a');
  t.strictSame(home.candidates, []);
  t.equal(home.by, 'nothing');
  t.equal(configFor(picture(), 'ServerConfig', 'm', home).missing, 'ServerConfig m');
});

void t.test('the kinds that are declared are all that is read', async (t) => {
  const cluster = new Narrowed(picture(MANAGER('o', env('true'))), OPERATOR_CONFIG_KINDS, 'test');
  t.equal(operatorNamespaceFor(cluster, 'a'), 'o');
});
