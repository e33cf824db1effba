import { basename } from 'node:path';
import { stringify } from 'yaml';
import type { Decision, Judgement } from '../judge/decision.ts';
import { inspect } from '../judge/inspect.ts';
import { judge } from '../judge/judge.ts';
import { patchOf } from '../judge/patch-of.ts';
import type { Bench } from '../judge/judge.ts';
import { Picture } from '../model/cluster.ts';
import { withObject } from '../model/manifest.ts';
import type { Manifest } from '../model/manifest.ts';
import { differences, patched } from '../model/patch.ts';
import { reviewChange, reviewState } from '../model/review.ts';
import { isAbout } from '../policy/catalogue.ts';
import { answer } from '../reports/answer.ts';
import { kubectlText } from '../reports/kubectl-text.ts';
import { scanText } from '../reports/scan-report.ts';
import type { Example } from '../sources/examples.ts';

/** The length that a brief has at most, filled in: it is a warning, and kubectl prints it as one line. */
const LONGEST_BRIEF = 120;

/** What came of an example. */
export interface Tried {
  readonly example: Example;
  /** What its policy says of it. */
  readonly judgements: readonly Judgement[];
  /** What the user is told of a bad one. */
  readonly told: string | undefined;
  /** The manifest after the patch, where there is one. */
  readonly fixed: string | undefined;
  /** In what it is not what it stands for: one sentence each, without a subject. */
  readonly faults: readonly string[];
}

/**
 * Judges an example of a policy as the webhook and the scan would. A good one passes; a bad one is found, in words that are
 * whole, and the patch that is offered cures it, once, and touches nothing that it does not name.
 */
export function tryExample(example: Example, bench: Bench): Tried {
  const decision = decide(example, example.object, bench);
  const judgements = foundIn(decision, example);
  if (!example.bad) {
    const faults = goodFaults(example, judgements, bench);
    return { example, judgements, told: undefined, fixed: undefined, faults };
  }
  const told = isAsked(example, bench)
    ? toldByKubectl(example, decision, bench)
    : toldByScan(example, decision, bench);
  const { fixed, faults } = cured(example, judgements, bench);
  return {
    example,
    judgements,
    told: `${told}\n`,
    fixed,
    faults: [
      ...(judgements.length === 0 ? ['is not found'] : []),
      ...judgements.flatMap(wordFaults),
      ...faults,
    ],
  };
}

function decide(example: Example, object: Manifest, bench: Bench): Decision {
  const picture = Picture.of(example.cluster);
  const change =
    example.previous === undefined
      ? ({ operation: 'CREATE', object } as const)
      : ({ operation: 'UPDATE', object, previous: example.previous } as const);
  if (isAsked(example, bench)) return judge(reviewChange(picture, change), bench);
  const all = [...example.cluster, object];
  return inspect(all, Picture.of(all), bench).at(-1) as Decision;
}

const operationOf = ({ previous }: Example) => (previous === undefined ? 'CREATE' : 'UPDATE');

/** Whether the example's policy is asked at admission; what is only about a set is shown by a scan of the example. */
function isAsked(example: Example, { catalogue }: Bench): boolean {
  const { policy, object } = example;
  const asked = catalogue.policies.find(({ id }) => id === policy);
  return (
    asked !== undefined && object.known !== undefined && isAbout(asked, object.known, operationOf(example))
  );
}

function foundIn({ judgements }: Decision, { policy }: Example): Judgement[] {
  return judgements.filter((judgement) => judgement.policy === policy);
}

function goodFaults(example: Example, judgements: readonly Judgement[], bench: Bench): string[] {
  const { cluster, object } = example;
  const resting = judge(reviewState(Picture.of([...cluster, object]), object), bench);
  const atRest = foundIn(resting, example).filter(({ effect }) => effect !== 'record');
  return [
    ...judgements.map(({ brief }) => `does not pass: ${brief}`),
    ...atRest.map(({ brief }) => `does not pass at rest: ${brief}`),
  ];
}

function wordFaults({ brief, message, remedy, problem }: Judgement): string[] {
  const faults: string[] = [];
  if (brief.length > LONGEST_BRIEF)
    faults.push(`the brief of ${problem} has ${brief.length} of ${LONGEST_BRIEF} characters`);
  const left = /\{[a-z-]+\}|undefined|\[object/.exec(`${message}${brief}${remedy}`)?.[0];
  if (left !== undefined) faults.push(`a placeholder of ${problem} is left: ${left}`);
  return faults;
}

function toldByKubectl(example: Example, decision: Decision, bench: Bench): string {
  const { object, file } = example;
  return kubectlText(
    { operation: operationOf(example), object, file: basename(file) },
    answer(decision, 'mutate'),
    // The API server validates what the mutating webhook has made of the object.
    answer(decide(example, withObject(object, patched(object.object, decision.patch)), bench), 'validate'),
  );
}

function toldByScan({ file }: Example, decision: Decision, { catalogue }: Bench): string {
  const result = { decisions: [decision], unreadable: [], skipped: [], catalogue: catalogue.digest };
  return scanText(result).replaceAll(file, basename(file)).trimEnd();
}

function cured(
  example: Example,
  judgements: readonly Judgement[],
  bench: Bench,
): { fixed: string | undefined; faults: string[] } {
  const { object } = example;
  const patch = patchOf(judgements.filter(({ outcome }) => outcome !== 'waived'));
  if (patch.length === 0) return { fixed: undefined, faults: [] };
  const after = patched(object.object, patch);
  const left = foundIn(decide(example, withObject(object, after), bench), example);
  const faults = left
    .filter(({ effect }) => effect !== 'record')
    .map(({ brief }) => `the patch does not cure it: ${brief}`);
  if (patchOf(left).length > 0) faults.push('after the patch there is something left to patch');
  const touched = patch.map(({ path }) => path.replace(/\/-$/, ''));
  for (const path of differences(object.object, after))
    if (!touched.some((place) => path.startsWith(place) || place.startsWith(path)))
      faults.push(`${path} changes, which the patch does not name`);
  return { fixed: stringify(after, { lineWidth: 0 }), faults };
}
