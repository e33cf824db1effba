import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import { endsIn } from '../../src/checks/reach/flow-ends.ts';
import { policiesOf } from '../../src/checks/reach/flow-outcome.ts';
import type { FlowEnd } from '../../src/checks/reach/flow-ends.ts';
import { Picture } from '../../src/model/cluster.ts';
import { closed } from '../../src/model/labels.ts';
import type { Tri } from '../../src/model/labels.ts';
import { listAt, numberAt, stringAt } from '../../src/model/json.ts';
import { labelsOf } from '../../src/model/manifest.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import type { Pod } from '../../src/network/pod.ts';
import { compilePolicy } from '../../src/network/policy.ts';
import { reach } from '../../src/network/reach.ts';
import {
  ALL_KINDS,
  anyPolicy,
  anyWorld,
  bench,
  cured,
  decide,
  findings,
  OUTSIDERS,
  POLICY,
} from './seldon-cluster.ts';

// What is offered as a cure cures, once, adds rules and nothing else, and opens no connection that Seldon does not need.

const NUMBER = Number(process.env['GUARD_CASES'] ?? 1500);
const SEED = Number(process.env['GUARD_SEED'] ?? 9004);
t.setTimeout(60_000 + NUMBER * 20);

const FLOWS = listAt(bench.catalogue.policies.find(({ id }) => id === POLICY)?.params, 'flows');
const PORTS = [80, 9000, 9001, 9002, 9004, 9005, 9008, 9044, 9055];
const ORDER: Readonly<Record<Tri, number>> = { no: 0, unknown: 1, yes: 2 };
const HOMES = ['seldon-system', 'ops', 'financial-ml', 'blue'];

/** Whether Seldon's pods need what a rule on this port would open: from this client, or to this server. */
function needed(port: number, end: { from: string } | { to: string }): boolean {
  return FLOWS.some(
    (flow) =>
      Object.entries(end).every(([field, component]) => stringAt(flow, field) === component) &&
      [numberAt(flow, 'port'), numberAt(flow, 'tlsPort')].includes(port),
  );
}

/** An end that stands for a pod which is none of Seldon's. */
function outsider({ namespace, name }: Manifest, world: readonly Manifest[]): Pod {
  const home = world.find((each) => each.known === 'Namespace' && each.name === namespace);
  const labels = { ...(home && labelsOf(home)), 'kubernetes.io/metadata.name': namespace };
  return {
    kind: 'pod',
    namespace,
    name,
    labels: closed({ app: 'web' }),
    namespaceLabels: closed(labels),
    ports: [],
    addresses: ['10.1.0.9'],
    hostNetwork: false,
  };
}

function isSelected(object: Manifest, { namespace, labels }: Pod): boolean {
  const { podSelector } = compilePolicy(object);
  return namespace === object.namespace && podSelector(labels) !== 'no';
}

/** Every connection between Seldon's pods and outsiders that the cure opened or closed and should not have. */
function spilt(world: readonly Manifest[], object: Manifest, cure: Manifest): string[] {
  const [was, is] = [object, cure].map((one) => Picture.of([...world, one], { seen: ALL_KINDS })) as [
    Picture,
    Picture,
  ];
  const ends: (FlowEnd | undefined)[] = HOMES.flatMap((home) => endsIn(was, home));
  const pods = ends.map((end) => end?.pod ?? outsider(OUTSIDERS[0]!, world));
  for (const other of OUTSIDERS) {
    ends.push(undefined);
    pods.push(outsider(other, world));
  }
  const wrong: string[] = [];
  for (const [i, from] of pods.entries())
    for (const [j, to] of pods.entries())
      for (const port of PORTS) {
        if (i === j) continue;
        const on = (picture: Picture): Tri =>
          reach({ from, to, port, protocol: 'TCP' }, (home) => policiesOf(picture, home)).allowed;
        const [then, now] = [ORDER[on(was)], ORDER[on(is)]];
        const [client, server] = [ends[i], ends[j]];
        // A rule holds for every pod that its policy selects: on ingress for all of them that the client may dial, on
        // egress for all of them that may dial the server.
        const allowed =
          (client !== undefined && needed(port, { from: client.component ?? '' })) ||
          (server !== undefined && isSelected(object, from) && needed(port, { to: server.component ?? '' }));
        // Pods of which not all labels are known may seem to be meant.
        const opened = now > then && (now === ORDER.yes || client === undefined);
        if (now < then || (opened && !allowed))
          wrong.push(
            `${from.namespace}/${from.name} -> ${to.namespace}/${to.name}:${port} was ${then}, is ${now}`,
          );
      }
  return wrong;
}

function must(faults: readonly string[]): void {
  if (faults.length > 0) throw new Error(faults.join('\n'));
}

void t.test('a cure', (t) => {
  let [offered, compared] = [0, 0];
  const others = fc
    .array(fc.nat(), { maxLength: 3 })
    .chain((list) => fc.tuple(...list.map((_, i) => anyPolicy(`other-${i}`))));
  fc.assert(
    fc.property(anyWorld, fc.boolean(), others, anyPolicy('policy'), (all, dark, policies, object) => {
      const rest = dark ? all.filter(({ known }) => known !== 'Namespace') : all;
      const world = [...rest, ...policies];
      const decision = decide(world, object);
      must(
        findings(decision).flatMap(({ problem, message, patch }) =>
          problem === 'blocked' && patch === undefined ? [`no cure: ${message}`] : [],
        ),
      );
      const cure = cured(object, decision);
      if (cure === undefined) return;
      offered++;
      const operations = findings(decision).flatMap(({ patch }) => patch ?? []);
      must(
        operations.flatMap(({ op, path }) =>
          op === 'add' && /^\/spec\/(ingress|egress)(\/-)?$/.test(path) ? [] : [`${op} ${path}`],
        ),
      );
      for (const direction of ['ingress', 'egress']) {
        const rules = listAt(object.object, 'spec', direction);
        if (!isDeepStrictEqual(listAt(cure.object, 'spec', direction).slice(0, rules.length), rules))
          throw new Error('a rule was changed');
      }
      const after = findings(decide(world, cure));
      must(
        after.flatMap(({ problem, message }) =>
          problem.endsWith('block') || problem === 'blocked' ? [`not cured: ${message}`] : [],
        ),
      );
      must(after.flatMap(({ patch, message }) => (patch === undefined ? [] : [`offered again: ${message}`])));
      if (dark || offered % 2 > 0) return;
      compared++;
      must(spilt(world, object, cure));
    }),
    { numRuns: NUMBER, seed: SEED },
  );
  t.ok(offered > NUMBER / 10, `${offered} of ${NUMBER} worlds were offered one`);
  t.ok(compared > NUMBER / 50, `${compared} were compared, connection by connection`);
  t.end();
});
