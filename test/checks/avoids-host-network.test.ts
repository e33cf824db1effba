import t from 'tap';
import { avoidsHostNetwork } from '../../src/checks/server-pods/avoids-host-network.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import type { Finding } from '../../src/policy/check.ts';
import { noCorpus } from '../model/corpus.ts';
import { manifest } from '../policy/made.ts';
import { cured, findings, spoilt } from './pod-checks.ts';
import { config, mergeCases, server, stranger, workload } from './server-pods.ts';

const ask = (object: Manifest, others: readonly object[] = []): Finding[] =>
  findings(avoidsHostNetwork, {}, object, others);
const HOST = { hostNetwork: true };
const CONTAINERS = { agent: {}, mlserver: {} };

void t.test('the object that says it is told so, and can take it out', async (t) => {
  const below = config(CONTAINERS);
  const cases: [string, Manifest, object[], string][] = [
    ['StatefulSet', workload(CONTAINERS, HOST), [], '/spec/template/spec/hostNetwork'],
    ['Deployment', workload(CONTAINERS, HOST, 'Deployment'), [], '/spec/template/spec/hostNetwork'],
    ['ServerConfig', manifest(config(CONTAINERS, HOST)), [], '/spec/podSpec/hostNetwork'],
    ['Server', server({}, HOST), [below], '/spec/podSpec/hostNetwork'],
    ['Server by itself', server({}, HOST), [], '/spec/podSpec/hostNetwork'],
  ];
  for (const [name, object, others, path] of cases) {
    const found = ask(object, others);
    t.match(found, [{ problem: 'host-network', fix: [{ op: 'remove', path }] }], name);
    t.equal(found.length, 1);
    t.not(found[0]?.standing, true, 'it is its own fault');
    t.equal(`/${found[0]?.field.join('/') ?? ''}`, path);
    t.strictSame(ask(cured(object, found), others), [], 'the patch cures it');
  }
});

void t.test('a Server cannot undo what its ServerConfig says', async (t) => {
  const below = config(CONTAINERS, HOST);
  for (const object of [server(), server({}, { hostNetwork: false })]) {
    const found = ask(object, [below]);
    t.match(found, [
      {
        standing: true,
        data: { origin: 'ServerConfig seldon-system/mlserver', place: 'ServerConfig seldon-system/mlserver' },
      },
    ]);
    t.equal(found[0]?.fix, undefined);
  }
});

void t.test('what is no fault', async (t) => {
  t.strictSame(ask(workload(CONTAINERS)), []);
  t.strictSame(ask(workload(CONTAINERS, { hostNetwork: false })), []);
  t.strictSame(ask(workload(CONTAINERS, { hostNetwork: null })), []);
  t.strictSame(ask(workload(CONTAINERS, { hostNetwork: 'true' })), [], 'of another type');
  t.strictSame(ask(stranger({}, HOST)), [], 'no pod of a Server');
});

void t.test("the cases that upstream's code was run on", { skip: noCorpus }, async (t) => {
  const cases = mergeCases().filter(({ server, config }) => ask(server, [config]).length > 0);
  t.strictSame(cases.map(({ name }) => name).toSorted(), [
    'mlserver/false-does-not-override-true',
    'mlserver/hostNetwork-true-dnspolicy-missing',
  ]);
});

void t.test('any type at any place', async (t) => {
  for (const odd of spoilt(server({}, HOST).object))
    t.doesNotThrow(() => ask(manifest(odd), [config(CONTAINERS, HOST)]));
});
