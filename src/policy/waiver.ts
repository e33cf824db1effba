import { annotationsOf } from '../model/manifest.ts';
import type { Manifest } from '../model/manifest.ts';

/** The annotation that waives a policy on one object is this followed by the policy's id. */
export const WAIVER_PREFIX = 'waive.seldon-guard.io/';

/** A decision by somebody that a policy does not count somewhere. */
export interface Waiver {
  readonly policy: string;
  readonly reason: string;
  readonly owner?: string;
  /** The last day on which it holds, YYYY-MM-DD, UTC. */
  readonly until?: string;
  /** From settings: where it holds. An annotation's waiver holds for its own object. */
  readonly namespace?: string;
  readonly kind?: string;
  readonly name?: string;
  /** The annotation's key, or `settings`. */
  readonly source: string;
  /** What could not be understood, if anything. */
  readonly malformed?: string;
}

/**
 * The waivers that an object carries as annotations. The value is a reason, and may go on with
 * `| owner=team` and `| until=2026-12-31`. A placeholder left as it was pasted (`<why>`) is no reason.
 */
export function waiversOn(manifest: Manifest): Waiver[] {
  const annotations = annotationsOf(manifest);
  const keys = Object.keys(annotations).filter((key) => key.startsWith(WAIVER_PREFIX));
  return keys.map((key) => parse(key, annotations[key] ?? ''));
}

function parse(source: string, value: string): Waiver {
  const [first = '', ...rest] = value.split('|').map((part) => part.trim());
  const waiver: { -readonly [K in keyof Waiver]: Waiver[K] } = {
    policy: source.slice(WAIVER_PREFIX.length),
    reason: isReason(first) ? first : '',
    source,
  };
  for (const part of rest) {
    const [key = '', ...words] = part.split('=');
    const word = words.join('=').trim();
    if (/^<.*>$/.test(word)) continue;
    if (key.trim() === 'owner') waiver.owner = word;
    else if (key.trim() === 'until' && isDay(word)) waiver.until = word;
    else waiver.malformed = part;
  }
  return waiver;
}

/** Whether a text says something: blanks, and a placeholder left as it was pasted, do not. */
export function isReason(text: string): boolean {
  return text.trim() !== '' && !/^<.*>$/.test(text.trim());
}

/** Whether a text is a day of the calendar as YYYY-MM-DD. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

/** Whether a waiver still holds at a moment (milliseconds since 1970): to the end of its last day. */
export function holdsAt(waiver: Waiver, moment: number): boolean {
  return waiver.until === undefined || moment <= Date.parse(`${waiver.until}T23:59:59.999Z`);
}

/** Whether a waiver from settings is about this object. */
export function covers(waiver: Waiver, manifest: Manifest): boolean {
  const namespace = manifest.known === 'Namespace' ? manifest.name : manifest.namespace;
  return (
    (waiver.namespace === undefined || waiver.namespace === namespace) &&
    (waiver.kind === undefined || waiver.kind === manifest.kind) &&
    (waiver.name === undefined || waiver.name === manifest.name)
  );
}
