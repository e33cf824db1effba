/** One request of the fuzzer. */
export interface Garbage {
  readonly what: string;
  readonly method: string;
  readonly path: string;
  readonly type: string;
  readonly body: Buffer;
}

/** A generator of numbers in [0, 1) that repeats itself for the same seed (mulberry32). */
export function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** JSON, as text, that no field expects. */
export const NASTY: readonly string[] = [
  'null',
  'true',
  '-1',
  '1e999',
  '123456789012345678901234567890',
  '""',
  '"\\u0000\\r\\n\\u2028"',
  '"\\ud800 alone"',
  '"10.0.0.0/99"',
  '"http://[::1"',
  '[]',
  '[null,[],{},0,"x"]',
  '{}',
  '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
  '{"toString":1,"hasOwnProperty":null,"length":-1}',
  `${'['.repeat(300)}${']'.repeat(300)}`,
  `"${'a.'.repeat(400)}"`,
];
const RARE: readonly (() => string)[] = [
  () => `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
  () => `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
  () => `"${'é\\n'.repeat(200_000)}"`,
  () => `[${'{},'.repeat(50_000)}0]`,
];
const KEYS = [
  '__proto__',
  'constructor',
  'toString',
  '',
  'a/b~c',
  '\ud800',
  '0',
  'length',
  'metadata',
  'spec',
];
const MARK = '@@here@@';

type Tree = Record<string, unknown> | unknown[];

/** Every node of a review in turn replaced by every nasty value. */
export function* everywhere(text: string): Generator<Garbage> {
  const root = JSON.parse(text) as Tree;
  for (const [parent, key] of nodes(root)) {
    const kept = parent[key];
    parent[key] = MARK;
    const marked = JSON.stringify(root);
    parent[key] = kept;
    for (const nasty of NASTY) yield post(`${key} is ${nasty.slice(0, 60)}`, fill(marked, nasty));
  }
}

/** Endless garbage made of these reviews. */
export function* forever(texts: readonly string[], random: () => number): Generator<Garbage> {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const byte = (): number => Math.floor(random() * 256);
  for (;;) {
    const text = pick(texts);
    const dice = random();
    if (dice < 0.1) yield post('random bytes', Buffer.from(Array.from({ length: random() * 500 }, byte)));
    else if (dice < 0.2) yield post('truncated', text.slice(0, random() * text.length));
    else if (dice < 0.3) {
      const body = Buffer.from(text);
      for (let i = 0; i < 3; i++) body[Math.floor(random() * body.length)] = byte();
      yield post('bytes changed', body);
    } else if (dice < 0.33) {
      const type = pick(['text/plain', 'application/yaml', '', '\u00ff;;=', 'application/json;charset=x']);
      const path = pick(['/validate', '/mutate?x=%zz', '/%ff', '/metrics', '/__proto__', '/validate/../..']);
      const method = pick(['GET', 'PUT', 'POST', 'DELETE', 'PURGE', 'OPTIONS']);
      const body = method === 'POST' || method === 'PUT' ? Buffer.from(text) : Buffer.alloc(0);
      yield { what: `${method} ${path} ${type}`, method, path, type, body };
    } else yield post('changed', changed(text, random, pick));
  }
}

/** A review with one to three of its nodes replaced, removed or added. */
function changed(text: string, random: () => number, pick: <T>(from: readonly T[]) => T): string {
  const root = JSON.parse(text) as { request: { object: Tree | null } };
  const raws: string[] = [];
  for (let i = 0; i <= random() * 3; i++) {
    const from = random() < 0.8 ? (root.request?.object ?? root) : root;
    const all = typeof from === 'object' ? [...nodes(from as Tree)] : [];
    if (all.length === 0) continue;
    const [parent, key] = pick(all);
    const dice = random();
    if (dice < 0.15) delete parent[key];
    else if (dice < 0.35 && !Array.isArray(parent)) define(parent, pick(KEYS), `${MARK}${raws.length}`);
    else parent[key] = `${MARK}${raws.length}`;
    raws.push(random() < 0.005 ? pick(RARE)() : pick(NASTY));
  }
  return raws.reduce((body, raw, i) => fill(body, raw, `${MARK}${i}`), JSON.stringify(root));
}

function define(parent: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true });
}

function fill(body: string, raw: string, mark = MARK): string {
  return body.replace(`"${mark}"`, () => raw);
}

function* nodes(tree: Tree): Generator<[Record<string, unknown>, string]> {
  for (const [key, value] of Object.entries(tree)) {
    yield [tree as Record<string, unknown>, key];
    if (typeof value === 'object' && value !== null) yield* nodes(value as Tree);
  }
}

function post(what: string, body: string | Buffer): Garbage {
  const path = body.length % 2 === 0 ? '/validate' : '/mutate';
  return { what, method: 'POST', path, type: 'application/json', body: Buffer.from(body) };
}
