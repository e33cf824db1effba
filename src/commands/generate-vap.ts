import { vapOf } from '../reports/vap.ts';
import { vapText } from '../reports/vap-text.ts';
import { chosen } from '../sources/chosen.ts';
import { print } from './print.ts';

export interface GenerateVapOptions {
  readonly settings?: string;
  readonly policies?: readonly string[];
}

/**
 * `seldon-guard generate vap`: prints what can be said in CEL of an object alone as ValidatingAdmissionPolicies with their
 * bindings. Answers 0; throws Faults for settings and policies that cannot be used.
 */
export async function generateVap({ settings: file, policies }: GenerateVapOptions): Promise<number> {
  const bench = { ...chosen(file, policies), now: Date.now() };
  await print([vapText(bench.catalogue.policies.map((policy) => vapOf(policy, bench)))]);
  return 0;
}
