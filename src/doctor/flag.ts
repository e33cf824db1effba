import { listAt } from '../model/json.ts';
import type { JsonObject } from '../model/json.ts';

/** The value that a container's arguments give a flag: `--flag=value` or `--flag value`. */
export function flagOf(container: JsonObject | undefined, flag: string): string | undefined {
  const words = listAt(container, 'args').filter((word) => typeof word === 'string');
  const joined = words.find((word) => word.startsWith(`${flag}=`));
  if (joined !== undefined) return joined.slice(flag.length + 1);
  const place = words.indexOf(flag);
  return place < 0 ? undefined : words[place + 1];
}
