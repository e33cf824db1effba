import { textOf } from './container-env.ts';
import type { Environment, Value } from './container-env.ts';
import { listAt } from './json.ts';
import type { Json } from './json.ts';

/**
 * How many characters of expanded variables one look-up reads; arguments beyond are read as they are written. The kernel
 * takes no more of a process's arguments and environment together, where its stack has the usual size (execve(2)).
 */
const MOST_EXPANDED = 1 << 21;

/** A flag among a container's command and arguments. */
export interface FlagOccurrence {
  readonly list: 'command' | 'args';
  readonly index: number;
  readonly value: Value;
  /** The variable that it is, where the manifest writes one there and nothing else. */
  readonly variable: string | undefined;
  /** Whether it stands in a line for a shell, which takes no further argument for it. */
  readonly inLine: boolean;
  /** The list's entry with another value in the place of this one. */
  readonly rewritten: (value: string) => string;
}

/**
 * The occurrence of a flag that counts: the last one, in command or args, with one dash or two, its value after `=`
 * or as the next argument (go doc flag; the manifests of Triton put it into one line for a shell).
 */
export function flagOccurrence(
  container: Json | undefined,
  name: string,
  environment: Environment,
): FlagOccurrence | undefined {
  let last: FlagOccurrence | undefined;
  let budget = MOST_EXPANDED;
  for (const list of ['command', 'args'] as const) {
    const entries = listAt(container, list);
    for (const [index, entry] of entries.entries()) {
      if (typeof entry !== 'string') continue;
      const next = entries[index + 1];
      if ((entry === `--${name}` || entry === `-${name}`) && typeof next === 'string')
        last = {
          list,
          index: index + 1,
          value: environment.expand(next),
          variable: variableIn(next),
          inLine: false,
          rewritten: (value) => value,
        };
      else {
        const expanded = entry.includes('$(') ? textOf(environment.expand(entry)) : undefined;
        budget -= expanded?.length ?? 0;
        const lines = expanded === undefined || budget < 0 ? [entry] : [entry, expanded];
        last = within(lines, name, environment, list, index) ?? last;
      }
    }
  }
  return last;
}

/** The last occurrence within one entry: alone, or in a line that a shell takes apart. */
function within(
  lines: readonly string[],
  name: string,
  environment: Environment,
  list: 'command' | 'args',
  index: number,
): FlagOccurrence | undefined {
  // Either as written, or with the variables in it put in: the flag itself may stand in one.
  for (const line of lines) {
    if (!line.includes(`-${name}`)) continue;
    const alone = [`--${name}=`, `-${name}=`].find((start) => line.startsWith(start));
    if (alone !== undefined) {
      const value = environment.expand(line.slice(alone.length));
      const variable = variableIn(line.slice(alone.length));
      return { list, index, value, variable, inLine: false, rewritten: (text) => alone + text };
    }
    const start = [...line.matchAll(new RegExp(String.raw`(?:^|\s)--?${name}(?:=|\s+)`, 'g'))].at(-1);
    if (start === undefined) continue;
    const from = start.index + start[0].length;
    const word = /^(?:"[^"]*"|'[^']*'|[^\s;&|"']+)/.exec(line.slice(from))?.[0] ?? '';
    const rest = line.slice(from + word.length);
    const value = shellValue(word, environment);
    const variable = variableIn(word);
    return {
      list,
      index,
      value,
      variable,
      inLine: true,
      rewritten: (text) => line.slice(0, from) + text + rest,
    };
  }
  return undefined;
}

/** The variable that a word refers to and is nothing beside; of the forms `$(VAR)`, `${VAR}` and `$VAR`. */
function variableIn(word: string): string | undefined {
  const reference = /^"?\$(?:\((\w+)\)|\{(\w+)\}|(\w+))"?$/.exec(word);
  return reference?.[1] ?? reference?.[2] ?? reference?.[3];
}

/** A word of a shell's line: quotes go, and a variable alone is looked up; more than that only the shell knows. */
function shellValue(word: string, environment: Environment): Value {
  const plain = /^(["'])([\s\S]*)\1$/.exec(word)?.[2] ?? word;
  const expanded = environment.expand(plain);
  const text = textOf(expanded);
  if (text === undefined || !text.includes('$') || word.startsWith("'")) return expanded;
  const variable = /^\$(?:(\w+)|\{(\w+)\})$/.exec(text);
  const found = variable === null ? undefined : environment.get(variable[1] ?? variable[2] ?? '');
  return found ?? [{ from: 'elsewhere', what: 'a shell' }];
}
