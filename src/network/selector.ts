import type { Json } from '../model/json.ts';
import { selects } from '../model/labels.ts';
import type { Labels, Tri } from '../model/labels.ts';

/** A LabelSelector, ready to be asked. */
export type Selector = (labels: Labels) => Tri;

const everything: Selector = () => 'yes';

/** Compiles a selector. An empty one "selects all pods"; one of another type selects nothing. */
export function compileSelector(selector: Json): Selector {
  if (selector !== null && typeof selector === 'object' && Object.keys(selector).length === 0)
    return Array.isArray(selector) ? () => 'no' : everything;
  return (labels) => selects(selector, labels);
}
