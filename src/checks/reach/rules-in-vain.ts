import { at, listAt, objectAt, stringAt } from '../../model/json.ts';
import type { Manifest } from '../../model/manifest.ts';
import { contradiction, selectorWords } from '../../model/requirements.ts';
import { compileBlock, isEmptied, isLoopbackBlock } from '../../network/block.ts';
import { compilePolicy } from '../../network/policy.ts';
import type { Rule } from '../../network/policy.ts';
import type { Finding } from '../../policy/check.ts';
import { peersIn, selectorAt } from './rule-peers.ts';
import type { RulePeer } from './rule-peers.ts';

/** What no packet can ever meet in a policy that the API server accepts, whatever the cluster. */
export function* rulesInVain(policy: Manifest): Generator<Finding> {
  yield* directionsNotInForce(policy);
  yield* impossible('this policy', ['spec', 'podSelector'], objectAt(policy.object, 'spec', 'podSelector'));
  for (const peer of peersIn(policy)) {
    const where = `${peer.direction} rule ${peer.rule}`;
    for (const field of ['podSelector', 'namespaceSelector'] as const)
      yield* impossible(where, [...peer.path, field], selectorAt(peer.peer, field));
    yield* blockFindings(where, peer);
  }
}

const TYPES = { ingress: 'Ingress', egress: 'Egress' } as const;

/** "If the policyTypes field is specified", it alone says which directions are in force. */
function* directionsNotInForce(policy: Manifest): Generator<Finding> {
  const compiled = compilePolicy(policy);
  for (const direction of ['ingress', 'egress'] as const) {
    const { isolates, rules } = compiled[direction];
    // What is not in force admits everything, as such a rule does.
    if (isolates || rules.length === 0 || rules.some(admitsAll)) continue;
    const types = listAt(policy.object, 'spec', 'policyTypes').filter((type) => typeof type === 'string');
    yield {
      problem: 'not-in-force',
      field: ['spec', direction],
      data: { direction, type: TYPES[direction], types: types.join(', ') },
    };
  }
}

/** Whether the rule lets everything through. */
export function admitsAll({ peers, ports }: Rule): boolean {
  return peers === 'all' && ports === 'all';
}

function* impossible(
  where: string,
  field: Finding['field'],
  selector: Parameters<typeof contradiction>[0],
): Generator<Finding> {
  const label = contradiction(selector);
  if (label !== undefined)
    yield {
      problem: 'impossible-selector',
      field,
      data: { where, selector: selectorWords(selector), label },
    };
}

function* blockFindings(where: string, { path, peer }: RulePeer): Generator<Finding> {
  const written = at(peer, 'ipBlock');
  const block = written === undefined || written === null ? undefined : compileBlock(written);
  if (block === undefined) return;
  const [field, cidr] = [[...path, 'ipBlock'], stringAt(written, 'cidr') ?? ''];
  if (isEmptied(block)) yield { problem: 'block-emptied', field, data: { where, cidr } };
  else if (isLoopbackBlock(block)) yield { problem: 'loopback', field, data: { where, cidr } };
}
