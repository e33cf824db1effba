import { celEnv, celList, isCelList, isCelMap } from '@bufbuild/cel';
import type { CelEnv, CelList, CelValue } from '@bufbuild/cel';
import { strings } from '@bufbuild/cel/ext';
import { RE2JS } from '@bufbuild/re2';
import type { Meter } from './cel-cost.ts';
import { APPEND, EACH } from './cel-syntax.ts';

/** A bigger regular expression is refused. */
const MOST_INSTRUCTIONS = 2000;

/** A regular expression of RE2, whose matching takes time in proportion to the text, and how much. */
interface Pattern {
  readonly regex: RE2JS;
  readonly instructions: number;
}

/** The regular expressions of a policy by their text: each is compiled once, when the policy is read. */
export type Patterns = Map<string, Pattern>;

/** Compiles a pattern; throws an Error that says what is the matter with it. */
export function pattern(text: string): Pattern {
  let regex: RE2JS;
  try {
    regex = RE2JS.compile(text);
  } catch (error) {
    throw new Error(`has a pattern that RE2 refuses: ${(error as Error).message}`, { cause: error });
  }
  const instructions = regex.re2().prog.numInst();
  if (instructions > MOST_INSTRUCTIONS) throw new Error('has a pattern that is too big');
  return { regex, instructions };
}

/** The functions that expressions may call, apart from operators. */
const ENV = celEnv({ funcs: strings });

export function isFunction(name: string): boolean {
  return ENV.funcs.find(name) !== undefined;
}

type Group = NonNullable<ReturnType<CelEnv['funcs']['find']>>;
type Invoke = Group['call'];

/** The same functions, each paying before it does anything. Throwing from here ends the evaluation as a whole. */
export function meteredEnv(meter: Meter, patterns: Patterns): CelEnv {
  const growing = new WeakMap<CelList, CelValue[]>();
  const own: Readonly<Record<string, Invoke>> = {
    [EACH]: (_id, _target, [range, cost]) => {
      const rounds = isCelList(range) || isCelMap(range) ? range.size : 0;
      meter.spend((rounds + 1) * Number(cost));
      return range;
    },
    [APPEND]: (_id, _target, [list, one]) => {
      meter.spend(1);
      if (!isCelList(list) || one === undefined) return undefined;
      const items = growing.get(list);
      if (items !== undefined) {
        items.push(one);
        return list;
      }
      const fresh = [...list, one];
      const grown = celList(fresh);
      growing.set(grown, fresh);
      return grown;
    },
    matches: (_id, text, [written]) => {
      const known = typeof written === 'string' ? patterns.get(written) : undefined;
      if (known === undefined || typeof text !== 'string') return undefined;
      meter.spendOnMatch(text, known.instructions);
      return known.regex.test(text);
    },
  };
  const paying = (name: string, group: Group): Invoke => {
    return (id, target, args) => {
      meter.spendOnCall(name, target, args);
      const [left, right] = args;
      // The library's own list of two lists takes the longer to read the more there are in it.
      if (name === '_+_' && isCelList(left) && isCelList(right)) return celList([...left, ...right]);
      return group.call(id, target, args);
    };
  };
  const find = (name: string): Group | undefined => {
    if (Object.hasOwn(own, name)) return invoking(name, own[name] as Invoke);
    const group = ENV.funcs.find(name);
    return group === undefined ? undefined : invoking(name, paying(name, group));
  };
  return Object.create(ENV, { funcs: { value: { find } } }) as CelEnv;
}

function invoking(name: string, call: Invoke): Group {
  return { name, call, [Symbol.iterator]: () => [][Symbol.iterator]() };
}
