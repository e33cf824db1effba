import type { Side } from '../../network/side.ts';
import { namesOf } from '../../model/words.ts';

/** What an answer depends on and nobody can see, as a reader calls it: `the labels of Namespaces a and b`. */
export function factsMissing(sides: readonly Side[]): string[] {
  const facts = sides.flatMap(({ because }) => (because.reason === 'unknown' ? because.missing : []));
  return [...Map.groupBy(facts, ({ what }) => what)].map(
    ([what, alike]) => `the ${what} of ${ownersOf(alike.map(({ of }) => of))}`,
  );
}

function ownersOf(owners: readonly string[]): string {
  const distinct = [...new Set(owners)];
  const namespaces = distinct.filter((owner) => owner.startsWith('Namespace '));
  if (distinct.length < 2 || namespaces.length < distinct.length) return namesOf(distinct);
  return `Namespaces ${namesOf(namespaces.map((owner) => owner.slice('Namespace '.length)))}`;
}
