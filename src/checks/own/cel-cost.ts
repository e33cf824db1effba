import { isCelList, isCelMap } from '@bufbuild/cel';
import type { CelValue } from '@bufbuild/cel';
import { CannotJudge } from '../../policy/cannot-judge.ts';

/**
 * What one policy may spend on one review. A step is about a quarter of a microsecond, so that the dearest evaluation ends
 * after some tenths of a second; what policies do with a pod or a NetworkPolicy costs hundreds of steps, or thousands.
 */
export const MOST_STEPS = 1_000_000;

/** So many characters of text are worth a step. */
const TEXT_PER_STEP = 16;
/** So many instructions of a regular expression, each tried on one character, are worth a step. */
const INSTRUCTIONS_PER_STEP = 8;

/** Counts the steps of an evaluation, and ends it where they are too many: nothing in an expression can catch that. */
export class Meter {
  #left = 0;

  start(): void {
    this.#left = MOST_STEPS;
  }

  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0)
      throw new CannotJudge(`its expressions take more than the ${MOST_STEPS} steps that they are given`);
  }

  /** For looking at every part of a value, which is what comparing it costs. */
  spendOn(value: CelValue): void {
    this.spend(1 + textSteps(value));
    if (isCelMap(value))
      for (const [key, part] of value) {
        this.spendOn(key);
        this.spendOn(part);
      }
    else if (isCelList(value)) for (const part of value) this.spendOn(part);
  }

  /** For a call of a function, before it is made. */
  spendOnCall(name: string, target: CelValue | undefined, args: readonly CelValue[]): void {
    const all = target === undefined ? args : [target, ...args];
    if (SHALLOW.has(name)) for (const arg of all) this.spend(1 + textSteps(arg));
    else for (const arg of all) this.spendOn(arg);
    const [text, from, to] = all;
    if (name === 'replace') this.spend((lengthOf(text) + 1) * ((lengthOf(to) + 1) / TEXT_PER_STEP));
    if (name === 'join' && isCelList(text)) this.spend(text.size * ((lengthOf(from) + 1) / TEXT_PER_STEP));
  }

  spendOnMatch(text: CelValue | undefined, instructions: number): void {
    this.spend((lengthOf(text) + 1) * (instructions / INSTRUCTIONS_PER_STEP));
  }
}

/** Functions that do not look into the lists and maps that they are handed. */
const SHALLOW: ReadonlySet<string> = new Set(['size', 'type', 'dyn']);

/** What a text costs to look at; 0 for anything else. */
function textSteps(value: CelValue | undefined): number {
  return lengthOf(value) / TEXT_PER_STEP;
}

function lengthOf(value: CelValue | undefined): number {
  return typeof value === 'string' || value instanceof Uint8Array ? value.length : 0;
}
