import type { Decision, Judgement } from '../../src/judge/decision.ts';
import { judge } from '../../src/judge/judge.ts';
import { patchOf } from '../../src/judge/patch-of.ts';
import { Picture } from '../../src/model/cluster.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { reviewChange } from '../../src/model/review.ts';
import type { Settings } from '../../src/policy/settings.ts';
import { policiesIn, readExamples } from '../../src/sources/examples.ts';
import type { Example } from '../../src/sources/examples.ts';
import { BUILT_IN, readCatalogue } from '../../src/sources/policies.ts';
import { parseDocuments } from '../../src/sources/yaml-documents.ts';
import { bench, service } from '../policy/made.ts';

// Decisions to put into words: those on the examples of every policy, and made ones for what they do not show.

const catalogue = readCatalogue();
export const examples: readonly Example[] = (
  await Promise.all(policiesIn(BUILT_IN).map((policy) => readExamples(BUILT_IN, policy)))
).flat();

/** The decision on an example, or on another version of its object. */
export function decided(
  example: Example,
  object: Manifest = example.object,
  settings: Partial<Settings> = {},
): Decision {
  const { previous, cluster } = example;
  const operation = previous === undefined ? 'CREATE' : 'UPDATE';
  return judge(
    reviewChange(Picture.of(cluster), { operation, object, previous }),
    bench(catalogue, settings),
  );
}

export function judgement(changes: Partial<Judgement> = {}): Judgement {
  return {
    policy: 'made',
    problem: 'broken',
    outcome: 'fail',
    effect: 'deny',
    standing: false,
    field: ['spec', 'leg'],
    message: 'The leg is broken, because it fell.',
    brief: 'the leg is broken',
    remedy: 'Mend the leg.',
    patch: undefined,
    waiver: undefined,
    fromPicture: true,
    ...changes,
  };
}

/** The decision that several judgements make, in their order. */
export function decision(...judgements: readonly Judgement[]): Decision {
  const policies = [...new Set(judgements.map(({ policy }) => policy))];
  return {
    object: service(),
    effect: judgements.find(({ outcome }) => outcome !== 'waived')?.effect ?? 'allow',
    verdicts: policies.map((policy) => {
      const own = judgements.filter((judgement) => judgement.policy === policy);
      return { policy, outcome: own[0]?.outcome ?? 'pass', judgements: own, readPicture: true };
    }),
    judgements,
    patch: patchOf(judgements.filter(({ effect }) => effect === 'fix')),
  };
}

/** A text of YAML as kubectl reads it. */
export function asKubectlReads(text: string): unknown {
  const { documents, troubles } = parseDocuments(text);
  if (troubles[0] !== undefined) throw new Error(`${troubles[0].message}: ${text}`);
  return documents[0]?.value;
}

/** The lines below a heading that are indented deeper than it, without that indentation. */
export function below(text: string, heading: string): string[] {
  const lines = text.split('\n');
  return lines.flatMap((line, i) => {
    if (line.trim() !== heading) return [];
    const depth = line.search(/\S/);
    const rest = lines.slice(i + 1);
    const end = rest.findIndex((other) => other.trim() !== '' && other.search(/\S/) <= depth);
    const block = rest.slice(0, end < 0 ? undefined : end);
    return [block.map((other) => other.slice(depth + 2)).join('\n')];
  });
}
