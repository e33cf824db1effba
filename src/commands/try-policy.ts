import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from '../judge/judge.ts';
import type { Catalogue } from '../policy/catalogue.ts';
import { DEFAULT_SETTINGS } from '../policy/settings.ts';
import { readExamples } from '../sources/examples.ts';
import { tryExample } from './try-example.ts';
import type { Tried } from './try-example.ts';

/** What came of a policy's examples. */
export interface TriedPolicy {
  readonly policy: string;
  readonly folder: string;
  readonly examples: readonly Tried[];
  /** What is wrong with the folder as a whole, and with each example, by its name. */
  readonly faults: readonly string[];
}

/** Examples are judged as of one day, so that one with a waiver that ends is tomorrow what it is today. */
const DAY = Date.parse('2026-11-20T12:00:00Z');

/**
 * Tries the examples of the policy in `parent`, and holds what the user is told and the patched manifests against the files
 * beside them (`.out`, `.fixed.yaml`); with `update` these are written instead.
 */
export async function tryPolicy(
  parent: string,
  policy: string,
  catalogue: Catalogue,
  update: boolean,
): Promise<TriedPolicy> {
  const bench: Bench = { catalogue, settings: DEFAULT_SETTINGS, now: DAY };
  const folder = join(parent, policy);
  const examples = (await readExamples(parent, policy)).map((example) => tryExample(example, bench));
  const expected = new Map(
    examples.flatMap(({ example, told, fixed }): [string, string][] => [
      ...(told === undefined ? [] : [[`${example.name}.out`, told] satisfies [string, string]]),
      ...(fixed === undefined ? [] : [[`${example.name}.fixed.yaml`, fixed] satisfies [string, string]]),
    ]),
  );
  if (update) write(folder, expected);
  const faults = [
    ...(examples.some(({ example }) => example.bad) ? [] : ['has no manifest that fails it (bad.yaml)']),
    ...(examples.some(({ example }) => !example.bad) ? [] : ['has no manifest that passes it (good.yaml)']),
    ...examples.flatMap((tried) => tried.faults.map((fault) => `${tried.example.name}: ${fault}`)),
    ...goldenFaults(folder, expected),
  ];
  return { policy, folder, examples, faults };
}

function write(folder: string, expected: ReadonlyMap<string, string>): void {
  for (const [file, text] of expected) writeFileSync(join(folder, file), text);
}

function goldenFaults(folder: string, expected: ReadonlyMap<string, string>): string[] {
  const differing = [...expected].flatMap(([file, text]) => {
    const path = join(folder, file);
    if (!existsSync(path)) return [`${file}: is not there (--update writes it)`];
    const difference = firstDifference(readFileSync(path, 'utf8'), text);
    return difference === undefined ? [] : [`${file}: differs in ${difference} (--update writes it anew)`];
  });
  const others = goldenIn(folder).filter((file) => !expected.has(file));
  return [...differing, ...others.map((file) => `${file}: nothing makes it; remove it`)];
}

function goldenIn(folder: string): string[] {
  return readdirSync(folder).filter((file) => /\.(out|fixed\.yaml)$/.test(file));
}

/** The first line (from 1) in which two texts differ, and what it should be. */
function firstDifference(kept: string, text: string): string | undefined {
  if (kept === text) return undefined;
  const [a, b] = [kept.split('\n'), text.split('\n')];
  const line = b.findIndex((each, i) => each !== a[i]);
  return `line ${(line < 0 ? b.length : line) + 1}, which should be ${JSON.stringify(b[line] ?? '')}`;
}
