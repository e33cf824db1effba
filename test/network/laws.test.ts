import fc from 'fast-check';
import t from 'tap';
import type { Tri } from '../../src/model/labels.ts';
import type { Side } from '../../src/network/side.ts';
import { naive } from './naive.ts';
import type { World, WorldPod } from './naive.ts';
import * as make from './world.ts';
import type { Veil, WorldFlow } from './world.ts';

t.setTimeout(make.TIMEOUT);

const RUNS = { seed: make.SEED, numRuns: Math.ceil(make.CASES / 4) };
const ORDER: Readonly<Record<Tri, number>> = { no: 0, unknown: 1, yes: 2 };
const veil: fc.Arbitrary<Veil> = fc.record({
  namespaces: fc.subarray(make.NAMESPACES),
  labels: fc.boolean(),
  ports: fc.boolean(),
  addresses: fc.boolean(),
  nodes: fc.boolean(),
});

/** Checks a law on generated questions, and that it was put to the test often enough. */
function law(
  name: string,
  extra: fc.Arbitrary<any>,
  holds: (w: World, f: WorldFlow, v: Veil, extra: any) => boolean,
): void {
  void t.test(name, (t) => {
    let tested = 0;
    fc.assert(
      fc.property(make.world, make.flow, veil, extra, (w, f, v, x) => {
        if (holds(w, f, v, x)) tested++;
      }),
      RUNS,
    );
    t.ok(tested > RUNS.numRuns / 20, `${tested} of ${RUNS.numRuns} questions tested it`);
    t.end();
  });
}

function must(condition: boolean, otherwise: string): void {
  if (!condition) throw new Error(otherwise);
}

law(
  'adding an allow rule never closes',
  fc.record({ which: fc.nat(9), ingress: make.ingressRule, egress: make.egressRule, first: fc.boolean() }),
  (w, f, v, { which, ingress, egress, first }) => {
    const policy = w.policies[which % Math.max(1, w.policies.length)];
    if (policy === undefined) return false;
    const { spec } = policy;
    const add = (rules: unknown[] | null | undefined, rule: unknown): unknown[] =>
      first ? [rule, ...(rules ?? [])] : [...(rules ?? []), rule];
    // Without policyTypes a first egress rule is what isolates: there only ingress rules are harmless.
    const more = {
      ...spec,
      ingress: add(spec.ingress, ingress),
      ...(spec.policyTypes?.length > 0 ? { egress: add(spec.egress, egress) } : {}),
    };
    const policies = w.policies.map((one) => (one === policy ? { ...one, spec: more } : one));
    const [before, after] = [make.ask(w, f, v).allowed, make.ask({ ...w, policies }, f, v).allowed];
    must(ORDER[after] >= ORDER[before], `${before} becomes ${after}`);
    return before !== 'yes' || after === 'yes';
  },
);

law('adding a policy that only isolates never opens', make.policy, (w, f, v, extra) => {
  const spec = { podSelector: extra.spec.podSelector, policyTypes: ['Ingress', 'Egress'] };
  const policies = [{ metadata: { ...extra.metadata, name: 'wall' }, spec }, ...w.policies];
  const [before, after] = [make.ask(w, f, v).allowed, make.ask({ ...w, policies }, f, v).allowed];
  must(ORDER[after] <= ORDER[before], `${before} becomes ${after}`);
  return after !== before;
});

law('the order of policies, rules, peers and ports does not matter', fc.constant(0), (w, f, v) => {
  const reversed = (value: any): any =>
    Array.isArray(value)
      ? value.map(reversed).toReversed()
      : value !== null && typeof value === 'object'
        ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, reversed(one)]))
        : value;
  const [one, other] = [make.ask(w, f, v), make.ask({ ...w, policies: reversed(w.policies) }, f, v)];
  must(one.allowed === other.allowed, `${one.allowed} becomes ${other.allowed}`);
  return one.ingress.because.reason !== 'not-isolated' && w.policies.length > 1;
});

law('other names for namespaces, labels and pods change nothing', fc.constant(0), (w, f, v) => {
  const names: Record<string, string> = { red: 'crimson', blue: 'azure', app: 'role', tier: 'constructor' };
  Object.assign(names, { x: 'one', y: '__proto__', http: 'web', grpc: 'rpc' });
  const fresh = (value: any): any => {
    if (typeof value === 'string') return names[value] ?? value;
    if (Array.isArray(value)) return value.map(fresh);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [names[key] ?? key, fresh(one)]));
  };
  // The veil keeps a label `app` by name: only without it are the two worlds the same.
  const hidden = { ...v, labels: false };
  const [one, other] = [
    make.ask(w, f, hidden),
    make.ask(fresh(w), f, { ...hidden, namespaces: v.namespaces.map(fresh) }),
  ];
  must(one.allowed === other.allowed, `${one.allowed} becomes ${other.allowed}`);
  return one.ingress.because.reason !== 'not-isolated';
});

const completion = fc.record({
  namespaces: fc.record({ red: make.labels, blue: make.labels }),
  pods: fc.array(
    fc.record({
      tier: fc.constantFrom(undefined, ...make.VALUES),
      app: fc.constantFrom(undefined, ...make.VALUES),
      ports: fc.subarray([
        { name: 'http', port: 80, protocol: 'TCP' },
        { name: 'grpc', port: 81, protocol: 'UDP' },
      ]),
      address: fc.constantFrom('10.0.0.1', '10.0.1.1', '10.1.0.1', '192.168.0.1', '172.16.0.1'),
      node: fc.constantFrom('n1', 'n2'),
    }),
    { minLength: 4, maxLength: 4 },
  ),
});

/** The world with the veiled facts made up. */
function complete(w: World, v: Veil, made: any): World {
  const namespaces = Object.entries(w.namespaces).map(([ns, known]) => [
    ns,
    v.namespaces.includes(ns) ? made.namespaces[ns] : known,
  ]);
  const pods = w.pods.map((pod, i): WorldPod => {
    const fill = made.pods[i];
    const app = pod.labels['app'] ?? fill.app;
    return {
      ...pod,
      labels: v.labels ? { ...(app && { app }), ...(fill.tier && { tier: fill.tier }) } : pod.labels,
      ports: v.ports ? fill.ports : pod.ports,
      address: v.addresses ? fill.address : pod.address,
      node: v.nodes ? fill.node : pod.node,
    };
  });
  return { ...w, namespaces: Object.fromEntries(namespaces), pods };
}

const unknowns = { all: 0, real: 0 };
law(
  'a yes or no holds however the unknown facts turn out',
  fc.array(completion, { minLength: 16, maxLength: 16 }),
  (w, f, v, completions) => {
    const { allowed } = make.ask(w, f, v);
    const truths = new Set<Tri>();
    for (const made of completions) {
      const full = complete(w, v, made);
      const truth = naive(full, make.endOf(w, f.from), make.endOf(w, f.to), f.port, f.protocol);
      truths.add(truth ? 'yes' : 'no');
    }
    if (allowed === 'unknown') {
      unknowns.all++;
      if (truths.size === 2) unknowns.real++;
      return false;
    }
    must(truths.size === 1 && truths.has(allowed), `${allowed}, but it may be ${[...truths].join(' or ')}`);
    return v.namespaces.length > 0 || v.labels || v.ports || v.addresses;
  },
);

void t.test('an unknown is seldom said in vain', (t) => {
  const { all, real } = unknowns;
  t.ok(all > RUNS.numRuns / 20 && real > all / 2, `of ${all}, ${real} were seen to go both ways`);
  t.end();
});

law('the reason given is the reason', fc.constant(0), (w, f, v) => {
  const { ingress, egress } = make.ask(w, f, v);
  const without = (side: Side, names: (name: string) => boolean): Side => {
    const policies = w.policies.filter((policy) => !names(policy.metadata.name));
    return make.ask({ ...w, policies }, f, v)[side.direction];
  };
  for (const side of [ingress, egress]) {
    const { because } = side;
    const isolating = side.isolatedBy.map(({ name }) => name);
    if (because.reason === 'isolated') {
      must(isolating.length > 0, 'isolated by nothing');
      // Without the policies named, the way is open; with any one of them alone, it is closed.
      must(without(side, (name) => isolating.includes(name)).allowed !== 'no', 'closed without them');
      for (const only of isolating)
        must(without(side, (name) => name !== only).allowed === 'no', `open with ${only} alone`);
    }
    if (because.reason === 'admitted') {
      const { policy, rule } = because.by;
      const written = w.policies.find((one) => one.metadata.name === policy.name);
      const policyTypes = ['Ingress', 'Egress'];
      const spec = { ...written.spec, policyTypes, [side.direction]: [written.spec[side.direction][rule]] };
      const alone = { ...w, policies: [{ ...written, spec }] };
      must(make.ask(alone, f, v)[side.direction].allowed === 'yes', 'the rule alone does not admit');
    }
    if (because.reason === 'unknown') must(because.missing.length > 0, 'unknown, but nothing is missing');
    else must(side.allowed === (because.reason === 'isolated' ? 'no' : 'yes'), 'reason and answer differ');
  }
  return ['isolated', 'admitted', 'unknown'].includes(ingress.because.reason);
});

law(
  'no shape of a policy makes it throw',
  fc.record({
    at: fc.array(fc.nat(9), { maxLength: 9 }),
    json: fc.jsonValue({ maxDepth: 3 }),
    which: fc.nat(9),
  }),
  (w, f, v, { at, json, which }) => {
    const broken = (value: any, steps: number[]): any => {
      const keys = value !== null && typeof value === 'object' ? Object.keys(value) : [];
      const [step, ...rest] = steps;
      if (step === undefined || keys.length === 0) return json;
      const key = keys[step % keys.length]!;
      if (Array.isArray(value)) return value.with(Number(key), broken(value[Number(key)], rest));
      return { ...value, [key]: broken(value[key], rest) };
    };
    const policies = w.policies.map((policy, i) =>
      i === which % w.policies.length
        ? { ...policy, spec: at.length === 0 ? json : broken(policy.spec, at) }
        : policy,
    );
    const { allowed } = make.ask({ ...w, policies }, f, v);
    must(['yes', 'no', 'unknown'].includes(allowed), String(allowed));
    return policies.length > 0;
  },
);
