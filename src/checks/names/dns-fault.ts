import type { Path } from '../../model/json.ts';
import type { Data, Effect } from '../../policy/check.ts';
import type { DnsSubject } from './dns-subject.ts';
import type { Correction } from './pod-spec-patch.ts';

/** A fault before it is put into the judged object's terms. */
export interface DnsFault {
  readonly problem: string;
  /** From the pod spec. */
  readonly field: Path;
  readonly data: Data;
  /** What of the data makes it the same fault later. */
  readonly identity: string;
  readonly corrections?: readonly Correction[];
  readonly effect?: Effect;
  readonly unknown?: true;
}

/** The same problem of the same pods, for the same reason, is the same fault. */
export function keyOf({ template }: DnsSubject, fault: DnsFault): string {
  return [fault.problem, template.name, fault.identity].join('\n');
}

/** The fault's field where the judged object has it, else the nearest that it should have. */
export function fieldOf({ own, template }: DnsSubject, fault: DnsFault): Path {
  return own === undefined ? template.path : [...own, ...fault.field];
}

/** The fault's corrections from the root of the judged object; none where it has no place for them. */
export function inObject({ own }: DnsSubject, fault: DnsFault): Correction[] {
  if (own === undefined) return [];
  return (fault.corrections ?? []).map(({ path, value }) => ({ path: [...own, ...path], value }));
}
