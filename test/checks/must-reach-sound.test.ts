import fc from 'fast-check';
import t from 'tap';
import { Picture } from '../../src/model/cluster.ts';
import { operatorsOf } from '../../src/model/operator.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { manifest } from '../policy/made.ts';
import { anyPolicy, anyWorld, decide, findings, policy, runtime, workload } from './seldon-cluster.ts';

// Never a denial on a guess: what is denied with part of the cluster hidden is a fault with all of it in sight. What may be
// hidden is Namespaces, operators and Pods; of a hidden Namespace the convention holds that a label `name` is its own name.

const NUMBER = Number(process.env['GUARD_CASES'] ?? 3000);
const SEED = Number(process.env['GUARD_SEED'] ?? 9004);
t.setTimeout(60_000 + NUMBER * 20);

const isOperator = (each: Manifest): boolean => each.name === 'seldon-v2-controller-manager';

/** A running Pod of a client that a SeldonRuntime makes, so that its address is known while the Pod can be seen. */
const anyPod = fc.constantFrom('10.0.0.9', '10.1.0.9', '192.168.0.9').map((podIP) =>
  manifest({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'seldon-envoy-5d-abc',
      namespace: 'financial-ml',
      labels: { 'app.kubernetes.io/name': 'seldon-envoy', 'pod-template-hash': '5d' },
      ownerReferences: [{ kind: 'ReplicaSet', name: 'seldon-envoy-5d', controller: true }],
    },
    spec: { containers: [{ name: 'envoy' }] },
    status: { podIP },
  }),
);

/** Whether two operators watch one namespace: a cluster in which nobody can say whose configuration holds. */
function sharesNamespaces(world: readonly Manifest[]): boolean {
  const operators = operatorsOf(Picture.of(world));
  return ['financial-ml', 'blue'].some(
    (home) => operators.filter((each) => each.watches(home) === 'yes').length > 1,
  );
}

void t.test('what is denied with part of the cluster hidden fails with all of it in sight', (t) => {
  let [denied, doubted] = [0, 0];
  const others = fc
    .array(fc.nat(), { maxLength: 2 })
    .chain((list) => fc.tuple(...list.map((_, i) => anyPolicy(`other-${i}`))));
  fc.assert(
    fc.property(
      anyWorld,
      anyPod,
      others,
      anyPolicy('policy'),
      fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }),
      (world, pod, policies, object, hide) => {
        const envoy = workload('Deployment', 'financial-ml', 'seldon-envoy');
        fc.pre(!sharesNamespaces(world));
        const all = [...world, envoy, pod, ...policies];
        const mayHide = (each: Manifest): boolean =>
          each.known === 'Namespace' || each.known === 'Pod' || isOperator(each);
        const seen = all.filter((each, i) => !mayHide(each) || hide[i] !== true);
        const decision = decide(seen, object);
        const full = decide(all, object);
        const flowsOf = (of: typeof decision, effects: readonly string[]): string[] =>
          findings(of)
            .filter((finding) => finding.problem === 'blocked' && effects.includes(finding.effect))
            .flatMap(({ message }) => pairsIn(message));
        if (decision.effect !== 'deny') {
          if (full.effect === 'deny') doubted++;
          return;
        }
        denied++;
        const known = flowsOf(full, ['deny', 'warn']);
        for (const flow of flowsOf(decision, ['deny']))
          if (!known.some((one) => one === flow))
            throw new Error(`denied on a guess: ${flow}; in full sight: ${known.join('; ')}`);
      },
    ),
    { numRuns: NUMBER, seed: SEED },
  );
  t.ok(denied > NUMBER / 10, `${denied} of ${NUMBER} were denied`);
  t.ok(doubted > NUMBER / 100, `${doubted} were not, that would have been with everything in sight`);
  t.end();
});

/**
 * The flows that a message speaks of, one by one. Which operator it is may be a guess, and so may be the protocol that is
 * spoken.
 */
function pairsIn(message: string): string[] {
  const [, from = '', to = '', port = ''] = /^(.*) cannot reach (.*) on TCP (\d+): /.exec(message) ?? [];
  const plain = port.replace('9044', '9004').replace('9055', '9005');
  const names = (text: string): string[] => text.split(/, | and /);
  return names(from).flatMap((client) =>
    names(to).map(
      (server) => `${client.includes('controller-manager') ? 'operator' : client} -> ${server} ${plain}`,
    ),
  );
}

void t.test('the label of an unseen Namespace may admit it, save a `name` that is not its own', (t) => {
  const said = (label: string): string[] =>
    findings(
      decide(
        [runtime()],
        policy(`{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {${label}}}}]}]}`),
      ),
    ).map(({ problem }) => problem);
  t.strictSame(said('team: ml'), ['uncertain']);
  t.strictSame(said('name: financial-ml'), ['uncertain']);
  t.equal(
    said('name: elsewhere').filter((problem) => problem === 'blocked').length,
    5,
    'F1 may come from elsewhere',
  );
  t.ok(said('name: elsewhere').includes('uncertain'));
  t.equal(said('kubernetes.io/metadata.name: financial-ml').length, 0);
  t.end();
});

void t.test(
  'what is uncertain is said with what is missing, and with rules that do not depend on it',
  (t) => {
    const byTeam = policy(
      '{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: ml}}}]}]}',
    );
    const [finding] = findings(decide([runtime()], byTeam));
    t.match(finding, {
      effect: 'warn',
      outcome: 'unknown',
      message: /that depends on .*the labels of Namespace financial-ml/,
    });
    t.ok(finding?.patch);
    const update = findings(decide([runtime(), byTeam], byTeam, { previous: byTeam }));
    t.strictSame(update, [], 'and not again with every change');
    t.end();
  },
);
