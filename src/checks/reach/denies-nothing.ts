import type { Manifest } from '../../model/manifest.ts';
import type { Direction } from '../../network/pod.ts';
import { compilePolicy } from '../../network/policy.ts';
import type { Finding } from '../../policy/check.ts';
import { admitsAll } from './rules-in-vain.ts';

export const DENIES =
  /(^|[-._])(deny(all)?|blockall|reject(all)?|block[-._](all|ingress|egress|inbound|outbound|traffic))([-._]|$)/i;
export const ALLOWS = /allow|permit|accept|except|unless|open/i;
export const NAMED: Readonly<Record<Direction, RegExp>> = {
  ingress: /ingress|inbound|incoming/i,
  egress: /egress|outbound|outgoing/i,
};
export const EVERYONE = { ingress: 'every source', egress: 'every destination' } as const;

/**
 * A policy that is called a denial and admits everything: "If this field is empty or missing, this rule matches all
 * sources" (NetworkPolicyIngressRule). A direction that the name does not speak of may be open while the other is closed.
 */
export function* deniesNothing(policy: Manifest): Generator<Finding> {
  const { name } = policy;
  if (!DENIES.test(name) || ALLOWS.test(name)) return;
  const compiled = compilePolicy(policy);
  const inForce = (['ingress', 'egress'] as const).filter((direction) => compiled[direction].isolates);
  const named = inForce.filter((direction) => NAMED[direction].test(name));
  const speaksOf = named.length > 0 ? named : inForce;
  const open = speaksOf.flatMap((direction) => {
    const rule = compiled[direction].rules.find(admitsAll);
    return rule === undefined ? [] : [{ direction, index: rule.index }];
  });
  if (named.length === 0 && open.length < inForce.length) return;
  for (const { direction, index } of open)
    yield {
      problem: 'denies-nothing',
      field: ['spec', direction, index],
      data: { direction, index, name, everyone: EVERYONE[direction] },
    };
}
