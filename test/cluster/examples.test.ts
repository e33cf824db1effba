import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Test } from 'tap';
import { policiesIn, readExamples } from '../../src/sources/examples.ts';
import type { Example } from '../../src/sources/examples.ts';
import { BUILT_IN } from '../../src/sources/policies.ts';
import { startApiServer } from '../api-server.ts';
import { installSeldon, noCluster, noSeldon } from './kubectl.ts';
import type { Printed } from './kubectl.ts';
import { stageOn } from './stage.ts';
import type { Scene } from './stage.ts';

// Every example of every policy on a real API server: kubectl prints what its golden file says, and the patch in a
// denial, cut out of what kubectl printed and applied to the user's file, makes the same command succeed.

t.setTimeout(300_000);

/** How kubectl is asked; `apply` alone unless an example needs more. */
const ASKED: Readonly<Record<string, readonly string[]>> = {
  // Strict validation, kubectl's default, refuses the field before any webhook is asked.
  'policy-rules-well-formed/bad': ['apply', '--validate=warn'],
  'waivers-hold/good': ['apply', '--validate=warn'],
  // Any other way kubectl writes an annotation of its own over the one that this example is about.
  'policy-rules-well-formed/bad-pruned': [
    'create',
    '--raw=/apis/networking.k8s.io/v1/namespaces/analytics/networkpolicies',
  ],
};

/** What a cluster makes of an example where its files leave something open, or what was mended is seen mended. */
const ON_A_CLUSTER: Readonly<Record<string, (golden: string) => string | RegExp>> = {
  // /validate gets the object that /mutate patched: only what was patched is told, once.
  'cluster-names-resolve/bad-host-network': patchedOnly,
  'cluster-names-resolve/bad-safeguard': patchedOnly,
  // A cluster shows that there is no Seldon in the namespace.
  'control-plane-reachable/bad-file-alone': () =>
    'networkpolicy.networking.k8s.io/financial-ml-isolation created\n',
  'api-server-reachable/bad-file-alone': () => /financial-ml-isolation created$/m,
  'cluster-dns-reachable/bad-file-alone': () => /financial-ml-isolation created$/m,
  // A cluster shows that kube-system has no label of that name.
  'cluster-dns-reachable/bad-label-unseen': () =>
    /cannot reach the cluster's DNS on UDP and TCP 53: no egress rule of NetworkPolicy isolation admits it/,
  // The API server writes the protocol that was left out.
  'cluster-dns-reachable/bad-protocol-missing': (golden) =>
    golden.replace('[ { port: 53 } ]', '[ { protocol: TCP, port: 53 } ]'),
  // A cluster shows the labels of its namespaces, and the one that the policy asks for is not among them.
  'control-plane-reachable/bad-label-missing': () =>
    /denied the request: NetworkPolicy financial-ml\/app-policy is refused[^]*no ingress rule of NetworkPolicy app-policy admits it/,
  // The API server labels every namespace with its name, so that there are labels to add one to.
  'control-plane-reachable/bad-label-removed': (golden) =>
    golden.replace(
      /path: \/metadata\/labels\n +value:\n +name: /,
      'path: /metadata/labels/name\n    value: ',
    ),
  // A cluster shows that nothing of Seldon's is in the namespace.
  'operator-services-untouched/bad-not-seen': () => 'service/seldon-mesh created\n',
  'runtime-runs-scheduler/bad-not-seen': () =>
    /^Warning: runtime-runs-scheduler: no scheduler in this namespace: the namespace has no SeldonRuntime$/m,
  // The field is gone before a webhook is asked: there is nothing to remove. And there is no Seldon here.
  'policy-rules-well-formed/bad': (golden) =>
    golden
      .replace(/^(Warning: .*\n)+/, 'Warning: unknown field "spec.ingress[0].to"\n')
      .replace(/ +- op: remove\n +path: \/spec\/ingress\/0\/to\n/, ''),
};

/** Patches that fit the object as the API server completed it, and not the file that lacks what was completed. */
const NOT_FOR_THE_FILE: Readonly<Record<string, RegExp>> = {
  'control-plane-reachable/bad-label-removed': /doc is missing path: "\/metadata\/labels\/name"/,
};

function patchedOnly(golden: string): string {
  const lines = golden.split('\n');
  return [...lines.slice(0, 2), ...lines.slice(-2)].join('\n');
}

/** Without what kubectl says of its own doings (the file, the patch it made), and without the indentation of warnings. */
function plain(text: string): string {
  return text
    .replace(/error when applying patch:\n[^]*?\nfor: "[^"]+": (?=error when patching)/, '')
    .replace(/error when (?:creating|patching) "[^"]+": /, '')
    .replaceAll(/^Warning: +/gm, 'Warning: ');
}

const isDenial = ({ stderr }: Printed): boolean => stderr.includes('denied the request');

void t.test('the examples on a real API server', { skip: noCluster || noSeldon }, async (t) => {
  const cluster = await startApiServer(['--service-cluster-ip-range=10.43.0.0/16']);
  t.teardown(() => cluster.stop());
  await installSeldon(cluster);
  const stage = await stageOn(cluster);
  t.teardown(() => stage.close());
  for (const policy of policiesIn(BUILT_IN))
    for (const example of await readExamples(BUILT_IN, policy))
      await t.test(`${policy}/${example.name}`, (t) =>
        stage.play(example, async (scene) => {
          const id = `${policy}/${example.name}`;
          const command = ASKED[id] ?? ['apply'];
          const printed = await scene.kubectl(...command);
          const text = plain(printed.stderr + printed.stdout);
          if (!example.bad) {
            t.equal(printed.code, 0, text);
            t.match(text, /^\S+ (created|configured)$/m);
            if (id !== 'waivers-hold/good') t.notMatch(text, /Warning|Error/);
            return;
          }
          const golden = goldenOf(example);
          const expected = ON_A_CLUSTER[id]?.(golden) ?? golden;
          if (typeof expected === 'string') t.equal(text, plain(expected), 'kubectl prints the golden text');
          else t.match(text, expected);
          t.equal(printed.code, isDenial(printed) ? 1 : 0);
          if (isDenial(printed)) await cured(t, scene, command, printed.stderr, NOT_FOR_THE_FILE[id]);
        }),
      );
});

async function cured(
  t: Test,
  scene: Scene,
  command: readonly string[],
  denial: string,
  refuses: RegExp | undefined,
): Promise<void> {
  if (!denial.includes('\nPatch (')) return;
  if (refuses !== undefined) return void (await t.rejects(scene.paste(denial), { message: refuses }));
  await scene.paste(denial);
  const again = await scene.kubectl(...command);
  t.equal(again.code, 0, `the patch cures the file: ${again.stderr}`);
}

function goldenOf({ policy, name }: Example): string {
  const file = join(BUILT_IN, policy, `${name}.out`);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
