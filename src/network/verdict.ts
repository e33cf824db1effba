import { ALL_PORTS, intersection, NO_PORTS, portsKey, union } from './port-set.ts';
import type { PortSet } from './port-set.ts';

/** What a side, or both, say of every port at once: `reach` says yes to those in `yes`, and no to those not in `maybe`. */
export interface Verdict {
  readonly yes: PortSet;
  /** The ports that are open or may be; those in `yes` are among them. The very same set where nothing is in doubt. */
  readonly maybe: PortSet;
}

type Memory = (Map<number, number> | undefined)[];

/**
 * Verdicts by number, and how they combine: there is one number for each, and each combination is worked out once, so
 * that millions of pairs cost a look-up each.
 */
export class Verdicts {
  /** No port is open. */
  readonly none: number;
  /** Every port is open. */
  readonly all: number;
  readonly #made: Verdict[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #either: Memory = [];
  readonly #both: Memory = [];
  readonly #oneOf: Memory = [];

  constructor() {
    this.none = this.of(NO_PORTS);
    this.all = this.of(ALL_PORTS);
  }

  /** The number of a verdict. */
  of(yes: PortSet, maybe: PortSet = yes): number {
    const [sure, perhaps] = [portsKey(yes), portsKey(maybe)];
    const key = `${sure} ${perhaps}`;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#made.push({ yes, maybe: sure === perhaps ? yes : maybe }) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }

  /** The verdict of a number. */
  at(number: number): Verdict {
    return this.#made[number] as Verdict;
  }

  /** Open where either opens: rules combine additively. */
  either(a: number, b: number): number {
    if (a === b || b === this.none || a === this.all) return a;
    if (a === this.none || b === this.all) return b;
    return this.#combined(this.#either, a, b, (one, other) =>
      this.of(union(one.yes, other.yes), union(one.maybe, other.maybe)),
    );
  }

  /** Open where both sides open. */
  both(a: number, b: number): number {
    if (a === b || b === this.all || a === this.none) return a;
    if (a === this.all || b === this.none) return b;
    return this.#combined(this.#both, a, b, (one, other) =>
      this.of(intersection(one.yes, other.yes), intersection(one.maybe, other.maybe)),
    );
  }

  /** One of the two, and it is not known which. */
  oneOf(a: number, b: number): number {
    if (a === b) return a;
    return this.#combined(this.#oneOf, a, b, (one, other) =>
      this.of(intersection(one.yes, other.yes), union(one.maybe, other.maybe)),
    );
  }

  #combined(memory: Memory, a: number, b: number, how: (a: Verdict, b: Verdict) => number): number {
    const row = (memory[a] ??= new Map());
    let number = row.get(b);
    if (number === undefined) {
      number = how(this.at(a), this.at(b));
      row.set(b, number);
    }
    return number;
  }
}
