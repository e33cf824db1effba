import type { InCel } from '../../policy/in-cel.ts';
import { findingsInCel } from '../own/findings-in-cel.ts';
import { isPublicSuffix } from './public-suffix.ts';

interface NameParams {
  readonly names?: readonly string[];
  readonly allow?: readonly string[];
}

/** What name-is-private says of the names that the settings list; the public suffixes are too many to write out. */
export function privateNameInCel({ names = [], allow = [] }: NameParams): readonly InCel[] {
  const told = names.filter((name) => !allow.includes(name) && !isPublicSuffix(name));
  if (told.length === 0) return [];
  return [
    findingsInCel({
      problem: 'listed',
      kinds: ['Namespace'],
      left: 'of what is put into a namespace that is there: it is warned of, and no more',
      when: `has(object.metadata.name) && object.metadata.name in ${JSON.stringify(told)}`,
      found: "[['listed', string(object.metadata.name)]]",
      words: ['namespace'],
    }),
  ];
}
