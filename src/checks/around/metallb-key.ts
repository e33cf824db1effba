import { isMetalLbName, METALLB_NAMES, METALLB_PREFIXES } from '../../model/metallb.ts';
import { nearest } from '../../model/nearest.ts';

/** An annotation that looks like MetalLB's and is none. */
export interface StrangeKey {
  readonly key: string;
  /** The one that it was most likely meant to be, under the prefix that was written where that is one of MetalLB's. */
  readonly meant: string | undefined;
}

/**
 * What MetalLB does not read of an annotation's key, although it is written to it: another name under one of its two
 * prefixes, or one of its names under a prefix that is nearly one of them. `otherNames` tells what people call its names.
 */
export function strangeKey(
  key: string,
  otherNames: Readonly<Record<string, string>>,
): StrangeKey | undefined {
  const slash = key.indexOf('/');
  const [prefix, name] = [key.slice(0, Math.max(slash, 0)), key.slice(slash + 1)];
  const own = METALLB_PREFIXES.find((each) => each === prefix);
  if (own !== undefined && isMetalLbName(name)) return undefined;
  const meantName = nameMeant(name, otherNames);
  if (own !== undefined) return { key, meant: meantName && `${own}/${meantName}` };
  if (!/met+al+b/i.test(prefix) || meantName === undefined) return undefined;
  const near = nearest(prefix, METALLB_PREFIXES);
  return near === undefined ? undefined : { key, meant: `${near}/${meantName}` };
}

function nameMeant(name: string, otherNames: Readonly<Record<string, string>>): string | undefined {
  const lower = name.toLowerCase();
  return Object.hasOwn(otherNames, lower) ? otherNames[lower] : nearest(name, METALLB_NAMES);
}
