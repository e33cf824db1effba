import { KINDS } from '../../model/kinds.ts';
import type { Kind, KindFacts } from '../../model/kinds.ts';
import type { InCel } from '../../policy/in-cel.ts';
import { findingsInCel, texts } from '../own/findings-in-cel.ts';
import { notScalable, OWN_GROUPS } from './not-scalable.ts';
import { SCALABLE } from './scale-target.ts';

/** Why the kinds that cannot be scaled cannot, by `group/kind`; and those that are called as one that can. */
function reasons(): Readonly<Record<string, string>> {
  const scalable = new Set<string>(SCALABLE);
  const known = Object.entries<KindFacts>(KINDS).flatMap(([kind, { group, also }]) =>
    (also === undefined ? [group] : [group, also.group]).map((each) => [each, kind as Kind] as const),
  );
  const isKnown = (group: string, kind: Kind): boolean =>
    known.some((each) => each[0] === group && each[1] === kind);
  const strange = SCALABLE.flatMap((kind) =>
    [...OWN_GROUPS].flatMap((group) => (isKnown(group, kind) ? [] : [[group, kind] as const])),
  );
  return Object.fromEntries(
    [...known.filter(([, kind]) => !scalable.has(kind)), ...strange].map(([group, kind]) => {
      const target = { kind, group, name: '', namespace: '' };
      const found = notScalable(target, isKnown(group, kind) ? kind : undefined);
      return [`${group}/${kind}`, String(found?.data['because'])];
    }),
  );
}

/** What scales-target says of the kind of the target. */
export function scalesTargetInCel(): readonly InCel[] {
  const target = 'object.spec.scaleTargetRef';
  const version = `(has(${target}.apiVersion) ? ${target}.apiVersion : '')`;
  const group = `(${version}.contains('/') ? ${version}.split('/')[0] : '')`;
  return [
    findingsInCel({
      problem: 'not-scalable',
      variables: [
        { name: 'reasons', expression: JSON.stringify(reasons()) },
        { name: 'target', expression: `${group} + '/' + ${target}.kind` },
      ],
      found: `variables.target in variables.reasons ? [${texts(`variables.target + '/' + ${target}.name`, `${target}.kind + ' ' + ${target}.name`, 'variables.reasons[variables.target]')}] : []`,
      words: ['target', 'because'],
    }),
  ];
}
