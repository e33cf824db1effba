import type { Argument, EnvValue } from './container-env.ts';

/**
 * The flags among a Go program's arguments, as Go's `flag` package reads them: one dash or two, `-name=value` or
 * `-name value`; a boolean flag takes no separate value and means true when it stands alone; the last one wins;
 * reading ends at `--` or at the first argument that is no flag (go doc flag, "Command line flag syntax").
 */
export function goFlags(
  args: readonly Argument[],
  booleans: readonly string[] = [],
): ReadonlyMap<string, EnvValue> {
  const flags = new Map<string, EnvValue>();
  const valueOf = (text: string, known: boolean): EnvValue =>
    known ? { known, value: text } : { known, because: `it depends on ${text}` };
  for (let i = 0; i < args.length; i += 1) {
    const { text, known } = args[i]!;
    const flag = /^--?([^-=][^=]*)(?:=([\s\S]*))?$/.exec(text);
    if (flag === null) break;
    const [, name = '', value] = flag;
    if (value !== undefined) flags.set(name, valueOf(value, known));
    else if (booleans.includes(name)) flags.set(name, { known: true, value: 'true' });
    else {
      i += 1;
      const next = args[i];
      if (next !== undefined) flags.set(name, valueOf(next.text, next.known));
    }
  }
  return flags;
}

/** A boolean as Go's strconv.ParseBool reads it; undefined where it would not. */
export function goBoolean(text: string): boolean | undefined {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text)) return true;
  if (['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(text)) return false;
  return undefined;
}
