import t from 'tap';
import { judge } from '../../src/judge/judge.ts';
import { Picture } from '../../src/model/cluster.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { reviewChange, reviewState } from '../../src/model/review.ts';
import { DEFAULT_SETTINGS } from '../../src/policy/settings.ts';
import { readCatalogue } from '../../src/sources/policies.ts';
import { manifest } from '../policy/made.ts';
import { AGENT, config, env, MLSERVER, server, stranger, workload } from './server-pods.ts';
import type { Containers } from './server-pods.ts';

// What is too large to be judged is said, once by each policy that would judge it, and denied by none.

const bench = { catalogue: readCatalogue(), settings: DEFAULT_SETTINGS, now: Date.now() };

const POLICIES = [
  'agent-and-server-ports-agree',
  'agents-register-with-scheduler',
  'host-network-avoided',
  'server-host-is-local',
  'server-listens-where-probed',
  'server-pod-complete',
];

/** A pod at fault in the eyes of several policies, with that many containers. */
const containers = (many: number): Containers => ({
  agent: {
    image: 'docker.io/seldonio/seldon-agent:2.9.1',
    args: ['--inference-host=mlserver'],
    env: env({ ...AGENT, SELDON_SERVER_GRPC_PORT: '8081' }),
  },
  mlserver: { image: 'docker.io/seldonio/mlserver:1.7.1', env: env(MLSERVER) },
  ...Object.fromEntries(
    Array.from({ length: many - 2 }, (_, i) => [`side-${String(i)}`, { image: 'docker.io/library/side:1' }]),
  ),
});
const HOST = { hostNetwork: true };

interface Said {
  readonly policy: string;
  readonly outcome: string;
  readonly effect: string;
  readonly message: string;
}

function said(object: Manifest, others: readonly object[] = [], previous?: Manifest): readonly Said[] {
  const picture = Picture.of([...others.map(manifest), ...(previous === undefined ? [] : [previous])]);
  const operation = previous === undefined ? ('CREATE' as const) : ('UPDATE' as const);
  return judge(reviewChange(picture, { operation, object, previous }), bench)
    .verdicts.filter(({ policy }) => POLICIES.includes(policy))
    .flatMap(({ judgements }) => judgements);
}

const tooMuch = (found: readonly Said[]): readonly string[] =>
  found.flatMap(({ policy, message }) => (/ could not judge /.test(message) ? [policy] : []));

void t.test('a pod of more containers than are judged', async (t) => {
  const objects: [string, (many: number) => Manifest, readonly object[]][] = [
    ['StatefulSet', (many) => workload(containers(many), HOST), []],
    ['Deployment', (many) => workload(containers(many), HOST, 'Deployment'), []],
    ['ServerConfig', (many) => manifest(config(containers(many), HOST)), []],
    // Each is small enough by itself.
    [
      'Server',
      (many) =>
        server(
          Object.fromEntries(Array.from({ length: many - 20 }, (_, i) => [`over-${String(i)}`, {}])),
          HOST,
        ),
      [config(containers(20))],
    ],
  ];
  for (const [name, made, others] of objects) {
    const found = said(made(41), others);
    t.strictSame(found.map(({ policy }) => policy).toSorted(), POLICIES, `${name}: each policy, once`);
    for (const { policy, outcome, effect, message } of found) {
      t.strictSame([outcome, effect], ['unknown', 'warn'], `${name}: ${policy}`);
      t.match(
        message,
        /^[\w-]+ could not judge \w+ [\w-]+\/mlserver, because its pods have 41 containers, more than the 40 /,
      );
    }
    const judged = said(made(40), others);
    t.strictSame(tooMuch(judged), [], `${name}: one less is judged`);
    for (const policy of ['agent-and-server-ports-agree', 'host-network-avoided', 'server-host-is-local'])
      t.ok(
        judged.some((one) => one.policy === policy && one.outcome === 'fail'),
        `${name}: by ${policy}`,
      );
  }
});

void t.test('a scan says it, too', async (t) => {
  const object = workload(containers(41), HOST);
  const { judgements } = judge(reviewState(Picture.of([object]), object), bench);
  t.strictSame(tooMuch(judgements).toSorted(), POLICIES);
  t.ok(judgements.every(({ outcome, effect }) => outcome !== 'unknown' || effect === 'warn'));
});

void t.test('what stood before is not said to be new where that was too large', async (t) => {
  const found = said(workload(containers(40), HOST), [], workload(containers(41), HOST));
  t.ok(found.length > 0);
  t.ok(found.every(({ effect }) => effect === 'warn'));
});

void t.test('a large pod of somebody else is none of their business', async (t) => {
  const sides = Array.from({ length: 60 }, (_, i) => ({ name: `side-${String(i)}`, image: 'side:1' }));
  t.strictSame(
    said(
      stranger(
        { image: 'datadog/agent:7', envFrom: [{ secretRef: { name: 'x' } }] },
        { initContainers: sides.map((each) => ({ ...each, restartPolicy: 'Always' })) },
      ),
    ),
    [],
  );
  const told = stranger(
    { env: env({ SELDON_SERVER_HOST: 'mlserver' }) },
    { initContainers: sides.map((each) => ({ ...each, restartPolicy: 'Always' })) },
  );
  t.strictSame(tooMuch(said(told)), ['server-host-is-local'], 'but for what it says itself');
});
