import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Test } from 'tap';
import { policiesIn, readExamples } from '../../src/sources/examples.ts';
import type { Example } from '../../src/sources/examples.ts';
import { BUILT_IN } from '../../src/sources/policies.ts';
import { startApiServer } from '../api-server.ts';
import { installOthers, installSeldon, noCluster, noSeldon } from './kubectl.ts';
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
  'fields-known': ['apply', '--validate=warn'],
  // Any other way kubectl writes an annotation of its own over the one that this example is about.
  'policy-rules-well-formed/bad-pruned': [
    'create',
    '--raw=/apis/networking.k8s.io/v1/namespaces/analytics/networkpolicies',
  ],
};

/**
 * Examples of what files leave open, and of what depends on it: a cluster knows, and says something else or nothing. kubectl
 * writes over the annotation that those of fields-known are about; `policy-rules-well-formed/bad-pruned` shows it raw.
 */
const LEFT_OPEN =
  /\/bad-((\w+-)?not-seen|not-known|file-alone|uncertain|label-unseen|label-missing|no-config-map|empty|installation)$|^dependencies-reachable\/bad-label-removed$|^fields-known\/bad/;

/** Examples that no API server takes, or that it has otherwise already. */
const NOT_THERE: ReadonlySet<string> = new Set([
  // Its own Service has the address.
  'pod-cidr-matches-pool/bad-services',
  'pod-cidr-matches-pool/good',
  // The other of two APIs for one kind is not installed.
  'pod-cidr-matches-pool/good-kubeadm',
  // A list that is a text.
  'fields-known/bad-wrong-type',
  // A Deployment without containers.
  'server-pod-complete/bad-empty',
]);

/** Denials of which the patch cures a part: nobody else knows which image is meant. */
const CURED_IN_PART: ReadonlySet<string> = new Set(['server-pod-complete/bad']);

/** Patches that fit the object as the API server completed it, and not the file that lacks what was completed. */
const NOT_FOR_THE_FILE: Readonly<Record<string, RegExp>> = {
  'control-plane-reachable/bad-label-removed': /doc is missing path: "\/metadata\/labels\/name"/,
};

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
  await installOthers(cluster);
  const stage = await stageOn(cluster);
  t.teardown(() => stage.close());
  for (const policy of policiesIn(BUILT_IN))
    for (const example of await readExamples(BUILT_IN, policy))
      await t.test(`${policy}/${example.name}`, { skip: NOT_THERE.has(`${policy}/${example.name}`) }, (t) =>
        stage.play(example, async (scene) => {
          const id = `${policy}/${example.name}`;
          const command = ASKED[id] ?? ASKED[policy] ?? ['apply'];
          const printed = await scene.kubectl(...command);
          const text = plain(printed.stderr + printed.stdout);
          const own = toldOf(policy, text);
          if (!example.bad) {
            t.match(text, /^(\S+ (created|configured)$|Error from server \(Forbidden\))/m);
            if (id !== 'waivers-hold/good') t.strictSame(own, [], text);
            return;
          }
          if (!LEFT_OPEN.test(id)) t.strictSame(own, toldOf(policy, plain(goldenOf(example))));
          t.equal(printed.code, isDenial(printed) ? 1 : 0);
          const isDenied = own.some((line) => line === `${policy}:`);
          if (isDenied && !CURED_IN_PART.has(id))
            await cured(t, scene, policy, command, printed.stderr, NOT_FOR_THE_FILE[id]);
        }),
      );
});

/** What is told of one policy: its warnings, and its part of a denial. In a cluster others have more to say, or less. */
function toldOf(policy: string, text: string): string[] {
  const lines = text.split('\n');
  const warnings = lines.filter((line) => line.startsWith(`Warning: ${policy}: `));
  const start = lines.indexOf(`${policy}:`);
  const rest = start < 0 ? [] : lines.slice(start);
  const end = rest.findIndex((line) => line === '' || line.startsWith('Remedy: '));
  return [...warnings, ...rest.slice(0, end < 0 ? rest.length : end)];
}

async function cured(
  t: Test,
  scene: Scene,
  policy: string,
  command: readonly string[],
  denial: string,
  refuses: RegExp | undefined,
): Promise<void> {
  if (!denial.includes('\nPatch (')) return;
  if (refuses !== undefined) return void (await t.rejects(scene.paste(denial), { message: refuses }));
  await scene.paste(denial);
  const again = await scene.kubectl(...command);
  const left = toldOf(policy, plain(again.stderr));
  t.notOk(left.includes(`${policy}:`), `the patch cures the file: ${left.join(' ')}`);
}

function goldenOf({ policy, name }: Example): string {
  const file = join(BUILT_IN, policy, `${name}.out`);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
