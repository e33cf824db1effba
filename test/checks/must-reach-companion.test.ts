import fc from 'fast-check';
import t from 'tap';
import { policiesOf } from '../../src/checks/reach/flow-outcome.ts';
import { namespacesAround, podsIn } from '../../src/checks/reach/pods-around.ts';
import { companionOf } from '../../src/judge/companion.ts';
import type { Decision } from '../../src/judge/decision.ts';
import { judge } from '../../src/judge/judge.ts';
import { Picture } from '../../src/model/cluster.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { listAt, numberAt, objectAt, stringAt } from '../../src/model/json.ts';
import { closed } from '../../src/model/labels.ts';
import type { Tri } from '../../src/model/labels.ts';
import { labelsOf, sameObject } from '../../src/model/manifest.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { reviewChange } from '../../src/model/review.ts';
import { componentOf } from '../../src/model/seldon-components.ts';
import type { Pod } from '../../src/network/pod.ts';
import { reach } from '../../src/network/reach.ts';
import { findingRow } from '../../src/reports/finding-row.ts';
import { policiesIn, readExamples } from '../../src/sources/examples.ts';
import { BUILT_IN } from '../../src/sources/policies.ts';
import { manifest } from '../policy/made.ts';
import {
  ALL_KINDS,
  anyPolicy,
  anyWorld,
  bench,
  decide,
  namespace,
  policy,
  TENANT,
  workload,
} from './seldon-cluster.ts';

// Policies that are offered to stand beside one that is refused: applied first they pass, then it passes as it is, and no
// connection is open that Seldon does not need.

const NUMBER = Number(process.env['GUARD_CASES'] ?? 200);
const SEED = Number(process.env['GUARD_SEED'] ?? 9004);
t.setTimeout(60_000 + NUMBER * 50);

const REACH = ['control-plane-reachable', 'data-plane-reachable', 'dependencies-reachable'];
const FLOWS = bench.catalogue.policies
  .filter(({ id }) => REACH.includes(id))
  .flatMap(({ params }) => listAt(params, 'flows'));
const PORTS = [80, 443, 5572, 9000, 9001, 9002, 9003, 9004, 9005, 9008, 9010, 9011, 9044, 9055, 9501, 15012];
const ORDER: Readonly<Record<Tri, number>> = { no: 0, unknown: 1, yes: 2 };

/** What these policies say. Others have a say in the same objects, and cures of their own. */
const told = (decision: Decision) => decision.judgements.filter((each) => REACH.includes(each.policy));
const refusals = (decision: Decision): string[] =>
  told(decision).flatMap(({ effect, message }) => (effect === 'deny' ? [message] : []));
const manifests = (found: JsonObject | undefined): Manifest[] => {
  const all = found?.['kind'] === 'List' ? listAt(found, 'items') : found === undefined ? [] : [found];
  return all.map((each) => manifest(objectAt(each)));
};
const offered = (decision: Decision): Manifest[] => manifests(companionOf(told(decision)));

/** A flow that the parameters state between components, whoever's pods they are. */
function needed(from: Pod, to: Pod, port: number): boolean {
  const is = (side: unknown, pod: Pod): boolean => {
    const component = componentOf(pod.labels.values);
    return (Array.isArray(side) ? side : [side]).some((one: unknown) =>
      typeof one === 'string' ? one === component : pod.labels.values['app'] === 'istiod',
    );
  };
  return FLOWS.some(
    (flow) =>
      is(objectAt(flow)['from'], from) &&
      is(objectAt(flow)['to'], to) &&
      [numberAt(flow, 'port'), numberAt(flow, 'tlsPort')].includes(port),
  );
}

/** Pods of nobody, one in each namespace: what is opened to everybody is opened to them. */
function strangers(world: readonly Manifest[], homes: Iterable<string>): Pod[] {
  return [...homes].map((home) => {
    const found = world.find(({ known, name }) => known === 'Namespace' && name === home);
    const labels = { ...(found && labelsOf(found)), 'kubernetes.io/metadata.name': home };
    return {
      kind: 'pod',
      namespace: home,
      name: 'stranger',
      labels: closed({ app: 'web' }),
      namespaceLabels: closed(labels),
      ports: [],
      addresses: ['10.1.0.9'],
      hostNetwork: false,
    };
  });
}

/** Every connection that is open with these policies, was not without them, and that nobody needs; and the other way round. */
function spilt(world: readonly Manifest[], more: readonly Manifest[]): string[] {
  const [was, is] = [
    Picture.of(world, { seen: ALL_KINDS }),
    Picture.of([...world, ...more], { seen: ALL_KINDS }),
  ];
  const homes = namespacesAround(was);
  const pods = [...homes].flatMap((home) => podsIn(was, home).map(({ pod }) => pod));
  const all = [...pods, ...strangers(world, homes)];
  const wrong: string[] = [];
  for (const from of all)
    for (const to of all)
      for (const port of PORTS) {
        if (from === to) continue;
        const on = (picture: Picture): number =>
          ORDER[reach({ from, to, port, protocol: 'TCP' }, (home) => policiesOf(picture, home)).allowed];
        const [then, now] = [on(was), on(is)];
        if (now === then || (now > then && needed(from, to, port))) continue;
        // Pods of which not all labels are known may seem to be meant.
        if (now === ORDER.unknown && (from.labels.open || to.labels.open)) continue;
        wrong.push(`${from.namespace}/${from.name} -> ${to.namespace}/${to.name}:${port}: ${then} -> ${now}`);
      }
  return wrong;
}

/** Applies what is offered, piece by piece, and then the object as it is. */
function faults(world: readonly Manifest[], object: Manifest, previous?: Manifest, seen?: typeof ALL_KINDS) {
  const others = world.filter((each) => each !== previous);
  const ask = (around: readonly Manifest[], one: Manifest, was?: Manifest): Decision => {
    const picture = Picture.of(around, seen === undefined ? {} : { seen });
    const change =
      was === undefined
        ? ({ operation: 'CREATE', object: one } as const)
        : ({ operation: 'UPDATE', object: one, previous: was } as const);
    return judge(reviewChange(picture, change), bench);
  };
  const companions = offered(ask(world, object, previous));
  const found: string[] = [];
  let around = [...world];
  for (const each of companions) {
    found.push(...refusals(ask(around, each)).map((message) => `${each.name} is refused: ${message}`));
    around = [...around, each];
  }
  const after = ask(around, object, previous);
  found.push(...refusals(after).map((message) => `refused all the same: ${message}`));
  found.push(...offered(after).map(({ name }) => `offered again: ${name}`));
  found.push(...spilt([...others, object], companions));
  return { companions, found };
}

void t.test('the examples', async (t) => {
  let count = 0;
  for (const id of REACH)
    for (const { name, bad, object, previous, cluster } of await readExamples(BUILT_IN, id)) {
      if (!bad || object.known !== 'NetworkPolicy') continue;
      const { companions, found } = faults(cluster, object, previous);
      if (companions.length > 0) count++;
      t.strictSame(found, [], `${id}/${name}: ${companions.length} policies`);
    }
  t.ok(count >= 12, `${count} were offered some`);
});

void t.test('the examples of all policies, with all that they are refused for', async (t) => {
  let count = 0;
  for (const id of policiesIn(BUILT_IN))
    for (const { name, bad, object, previous, cluster } of await readExamples(BUILT_IN, id)) {
      if (!bad || object.known !== 'NetworkPolicy') continue;
      const ask = (world: readonly Manifest[], one: Manifest, was?: Manifest): Decision => {
        const change =
          was === undefined
            ? { operation: 'CREATE' as const }
            : { operation: 'UPDATE' as const, previous: was };
        return judge(reviewChange(Picture.of(world), { ...change, object: one }), bench);
      };
      const denied = ask(cluster, object, previous).judgements.filter(({ effect }) => effect === 'deny');
      if (denied.length === 0 || !denied.every(({ companion }) => companion !== undefined)) continue;
      count++;
      let around = [...cluster];
      for (const each of manifests(companionOf(denied))) {
        t.not(ask(around, each).effect, 'deny', `${id}/${name}: ${each.name} can be applied`);
        around = [...around, each];
      }
      t.not(ask(around, object, previous).effect, 'deny', `${id}/${name}: then it passes unchanged`);
    }
  t.ok(count >= 8, `${count} were`);
});

void t.test('arbitrary clusters', (t) => {
  let count = 0;
  const others = fc
    .array(fc.nat(), { maxLength: 2 })
    .chain((list) => fc.tuple(...list.map((_, i) => anyPolicy(`other-${i}`))));
  fc.assert(
    fc.property(anyWorld, others, anyPolicy('policy'), (world, policies, object) => {
      const { companions, found } = faults([...world, ...policies], object, undefined, ALL_KINDS);
      if (companions.length > 0) count++;
      if (found.length > 0) throw new Error(found.slice(0, 5).join('\n'));
    }),
    { numRuns: NUMBER, seed: SEED },
  );
  t.ok(count > NUMBER / 10, `${count} of ${NUMBER} were offered some`);
  t.end();
});

const names = (all: readonly Manifest[]): string[] => all.map(({ name }) => name);

void t.test('each is for the pods of one end, and isolates them as the first one does', (t) => {
  const deny = policy({ podSelector: {}, policyTypes: ['Ingress'] }, 'default-deny');
  const companions = offered(decide(TENANT, deny));
  t.strictSame(names(companions).toSorted(), [
    'seldon-envoy-beside-default-deny',
    'seldon-pipelinegateway-beside-default-deny',
    'seldon-scheduler-beside-default-deny',
    'seldon-server-beside-default-deny',
  ]);
  for (const { object } of companions) t.strictSame(listAt(object, 'spec', 'policyTypes'), ['Ingress']);
  t.end();
});

void t.test(
  'its rules are repeated where nothing else isolates the pods, as the first one comes later',
  (t) => {
    const rule = { from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'web' } } }] };
    const scheduler = { matchLabels: { 'app.kubernetes.io/name': 'seldon-scheduler' } };
    const own = policy({ podSelector: scheduler, ingress: [rule] }, 'own');
    const rulesWith = (...others: Manifest[]): unknown =>
      listAt(offered(decide([...TENANT, ...others], own))[0]?.object, 'spec', 'ingress')[0];
    t.strictSame(rulesWith(), rule);
    t.notSame(rulesWith(policy({ podSelector: {}, policyTypes: ['Ingress'] }, 'deny')), rule);
    t.end();
  },
);

void t.test('what needs no companion, or could not be named by one, has none', (t) => {
  const open = policy('{podSelector: {}, ingress: [{}]}', 'open');
  t.strictSame(offered(decide(TENANT, open)), []);
  const deny = policy({ podSelector: {}, policyTypes: ['Ingress'] }, 'deny');
  t.strictSame(
    offered(decide([...TENANT, deny], deny, { operation: 'DELETE', previous: deny })),
    [],
    'a deletion',
  );
  const before = decide([...TENANT, deny], namespace('financial-ml'), {
    previous: namespace('financial-ml'),
  });
  t.strictSame(offered(before), []);
  const nameless = workload('StatefulSet', 'financial-ml', 'iris', {
    labels: {},
    spec: { containers: [{ name: 'agent' }, { name: 'mlserver' }] },
  });
  const shut = policy({ podSelector: {}, policyTypes: ['Ingress'] }, 'shut');
  t.strictSame(offered(decide([...TENANT, nameless], shut)), [], 'it would be refused all the same');
  t.end();
});

void t.test('a row of a report has that of all findings together', (t) => {
  const decision = decide(TENANT, policy({ podSelector: {}, policyTypes: ['Ingress'] }, 'deny'));
  const rows = decision.judgements.map((judgement) => findingRow(decision, judgement));
  const own = rows.filter((row) => row.companion !== undefined);
  t.ok(new Set(own.map((row) => row.policy)).size >= 2);
  for (const row of own) t.strictSame(row.companion, companionOf(decision.judgements), row.message);
  t.ok(
    rows.some((row) => row.companion === undefined),
    'clients outside are nobody to name',
  );
  t.end();
});

void t.test('companions of several policies for the same pods are one', (t) => {
  const [decision] = [
    decide(TENANT, policy({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] }, 'deny')),
  ];
  const envoy = offered(decision).filter(({ name }) => name.startsWith('seldon-envoy'));
  t.equal(envoy.length, 1);
  t.strictSame(listAt(envoy[0]?.object, 'spec', 'policyTypes'), ['Ingress', 'Egress']);
  const from = (own: JsonObject | undefined, direction: string): (number | undefined)[] =>
    listAt(own, 'spec', direction).flatMap((rule) =>
      listAt(rule, 'ports').map((port) => numberAt(port, 'port')),
    );
  t.strictSame(from(envoy[0]?.object, 'ingress'), [9000]);
  t.strictSame(new Set(from(envoy[0]?.object, 'egress')), new Set([9002, 9001, 9501, 9010, 9011]));
  t.strictSame(stringAt(companionOf(told(decision)), 'kind'), 'List');
  t.ok(names(offered(decision)).every((name, i, all) => all.indexOf(name) === i));
  t.notOk(offered(decision).some((each) => sameObject(each, policy({}, 'deny'))));
  t.end();
});
