import t from 'tap';
import { judge } from '../../src/judge/judge.ts';
import { Picture } from '../../src/model/cluster.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { reviewChange } from '../../src/model/review.ts';
import { DEFAULT_SETTINGS } from '../../src/policy/settings.ts';
import { readExamples, policiesIn } from '../../src/sources/examples.ts';
import { kept } from '../../src/sources/kept.ts';
import { BUILT_IN, readCatalogue } from '../../src/sources/policies.ts';

// What a live picture leaves out of objects, no check misses: every example is judged the same over what is kept.

const NOW = Date.parse('2026-11-20T12:00:00Z');
const catalogue = readCatalogue();

function thinned(manifest: Manifest): Manifest {
  return manifest.known === undefined
    ? manifest
    : { ...kept(manifest.known, manifest.object), namespace: manifest.namespace };
}

for (const policy of policiesIn(BUILT_IN))
  await t.test(policy, async (t) => {
    for (const { name, cluster, object, previous } of await readExamples(BUILT_IN, policy)) {
      const change =
        previous === undefined
          ? ({ operation: 'CREATE', object } as const)
          : ({ operation: 'UPDATE', object, previous } as const);
      const said = (around: readonly Manifest[]) =>
        judge(reviewChange(Picture.of(around), change), { catalogue, settings: DEFAULT_SETTINGS, now: NOW });
      const { judgements, effect } = said(cluster);
      const over = said(cluster.map(thinned));
      t.equal(over.effect, effect, name);
      t.strictSame(over.judgements, judgements, name);
    }
  });

void t.test('two versions that differ in what nobody reads are the same', (t) => {
  const pod = (changes: object) => ({
    metadata: { name: 'a', namespace: 'b', labels: { app: 'x' } },
    spec: { containers: [{ name: 'c', ports: [{ containerPort: 1 }] }] },
    status: { phase: 'Running', podIP: '10.0.0.1' },
    ...changes,
  });
  const busy = pod({
    metadata: { ...pod({}).metadata, resourceVersion: '2', managedFields: [{}], uid: 'u', generation: 3 },
    spec: { containers: [{ name: 'c', ports: [{ containerPort: 1 }], resources: {} }], tolerations: [] },
    status: { ...pod({}).status, conditions: [{ type: 'Ready' }] },
  });
  t.strictSame(kept('Pod', busy).object, kept('Pod', pod({})).object);
  const moved = pod({ status: { phase: 'Running', podIP: '10.0.0.2' } });
  t.notSame(kept('Pod', moved).object, kept('Pod', pod({})).object);
  t.end();
});
