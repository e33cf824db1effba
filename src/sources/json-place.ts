import type { Path, Step } from '../model/json.ts';

/** Where a child of a JSON object or list begins: for a person (its key, or itself in a list) and its value. */
interface Child {
  readonly place: number;
  readonly value: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;

/**
 * Finds fields in a text that is known to be JSON: the offset of the field at a path, or of its nearest parent
 * that is there. A dump of a cluster has tens of megabytes, of which a syntax tree would take gigabytes; this
 * walks over the text, and remembers the children of each object and list that it came through.
 */
export function jsonFinder(text: string): (path: Path) => number {
  const known = new Map<number, ReadonlyMap<Step, Child>>();
  return (path) => {
    let here: Child = { place: skipSpace(text, 0), value: skipSpace(text, 0) };
    for (const step of path) {
      let children = known.get(here.value);
      if (children === undefined) known.set(here.value, (children = childrenAt(text, here.value)));
      const child = children.get(step);
      if (child === undefined) break;
      here = child;
    }
    return here.place;
  };
}

function childrenAt(text: string, start: number): ReadonlyMap<Step, Child> {
  const children = new Map<Step, Child>();
  const open = text.charCodeAt(start);
  if (open !== OPEN_OBJECT && open !== OPEN_LIST) return children;
  let at = skipSpace(text, start + 1);
  while (text.charCodeAt(at) !== CLOSE_OBJECT && text.charCodeAt(at) !== CLOSE_LIST && at < text.length) {
    const place = at;
    let step: Step = children.size;
    if (open === OPEN_OBJECT) {
      const end = skipString(text, at);
      step = JSON.parse(text.slice(at, end)) as string;
      // Past the colon.
      at = skipSpace(text, skipSpace(text, end) + 1);
    }
    children.set(step, { place, value: at });
    at = skipSpace(text, skipValue(text, at));
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  return children;
}

/** The offset behind the value that begins at `at`. */
function skipValue(text: string, at: number): number {
  let depth = 0;
  let here = at;
  do {
    const code = text.charCodeAt(here);
    if (code === OPEN_OBJECT || code === OPEN_LIST) depth += 1;
    if (code === CLOSE_OBJECT || code === CLOSE_LIST) depth -= 1;
    if (code === QUOTE) here = skipString(text, here);
    else here = depth > 0 || code === CLOSE_OBJECT || code === CLOSE_LIST ? here + 1 : skipWord(text, here);
  } while (depth > 0 && here < text.length);
  return here;
}

/** The offset behind a number, true, false or null. */
function skipWord(text: string, at: number): number {
  let here = at;
  while (here < text.length && !/[\s,\]}]/.test(text.charAt(here))) here += 1;
  return here;
}

function skipString(text: string, at: number): number {
  let here = at + 1;
  while (here < text.length && text.charCodeAt(here) !== QUOTE)
    here += text.charCodeAt(here) === BACKSLASH ? 2 : 1;
  return here + 1;
}

function skipSpace(text: string, at: number): number {
  let here = at;
  while (here < text.length && text.charCodeAt(here) <= 0x20) here += 1;
  return here;
}
