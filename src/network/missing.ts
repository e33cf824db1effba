import type { Pod } from './pod.ts';
import { peerName } from './pod.ts';

/** A fact that would have to be known to answer yes or no. */
export interface Missing {
  readonly what: 'labels' | 'addresses' | 'address in use' | 'container ports' | 'node';
  /** Whose it is: `Namespace x`, `Pod x/y`, or an address that cannot be read. */
  readonly of: string;
}

/** Where an evaluation notes what it lacks. Handed in only once the answer is known to be `unknown`. */
export type Notes = Map<string, Missing>;

/** Notes a missing fact, once. */
export function note(notes: Notes | undefined, what: Missing['what'], of: string): void {
  notes?.set(`${what} of ${of}`, { what, of });
}

/** Notes a missing fact about a pod. */
export function notePod(notes: Notes | undefined, what: Missing['what'], pod: Pod): void {
  if (notes !== undefined) note(notes, what, peerName(pod));
}
