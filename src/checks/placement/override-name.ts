import { nearest } from '../../model/nearest.ts';

/** Shorter beginnings fit too much. */
const SHORTEST = 4;

/**
 * The component that an override's name was most likely meant for: spelt without `seldon-` or its hyphens, cut short
 * (`dataflow`), or misspelt. Undefined where none is near, or several are.
 */
export function meantBy(name: string, components: readonly string[]): string | undefined {
  const asked = bare(name);
  const same = components.filter((component) => bare(component) === asked);
  if (same.length > 0) return same[0];
  const longer =
    asked.length < SHORTEST ? [] : components.filter((component) => bare(component).startsWith(asked));
  if (longer.length === 1) return longer[0];
  const near = nearest(asked, components.map(bare));
  return components.find((component) => bare(component) === near);
}

function bare(name: string): string {
  return name
    .toLowerCase()
    .replace(/^seldon[-_]/, '')
    .replaceAll(/[-_]/g, '');
}
