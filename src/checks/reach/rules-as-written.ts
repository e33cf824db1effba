import { isObject } from '../../model/json.ts';
import type { PatchOperation } from '../../model/patch.ts';
import { jsonPointer } from '../../model/path.ts';
import type { Check, Finding } from '../../policy/check.ts';
import { deniesNothing } from './denies-nothing.ts';
import { misplacedPeers } from './misplaced-peers.ts';
import type { MisplacedPeers } from './misplaced-peers.ts';
import { PODS_AROUND_KINDS } from './pods-around.ts';
import { rulesInVain } from './rules-in-vain.ts';
import { splitPeers } from './split-peer.ts';
import { rulesInCel } from './rules-in-cel.ts';

/**
 * Whether a NetworkPolicy's rules say what was meant. What the API server refuses by itself is left to it; what it takes,
 * and reads otherwise than it was written, is not.
 */
export const rulesAsWritten: Check = {
  name: 'rules-as-written',
  needs: PODS_AROUND_KINDS,
  params: { type: 'object', additionalProperties: false },
  problems: {
    'misplaced-peers': ['direction', 'index', 'right', 'wrong', 'everyone'],
    'split-peer': ['direction', 'index', 'namespaces', 'pods', 'where', 'own'],
    'not-in-force': ['direction', 'type', 'types'],
    'impossible-selector': ['where', 'selector', 'label'],
    'block-emptied': ['where', 'cidr'],
    'denies-nothing': ['direction', 'index', 'name', 'everyone'],
    loopback: ['where', 'cidr'],
  },
  inCel: rulesInCel,
  *evaluate(review): Generator<Finding> {
    const misplaced = misplacedPeers(review.object);
    yield* misplaced.map(misplacedFinding);
    yield* splitPeers(review);
    yield* rulesInVain(review.object);
    // Of a rule that has lost its peers that is said already.
    if (misplaced.length === 0) yield* deniesNothing(review.object);
  },
};

/** A rule that is left without peers: "If this field is empty or missing, this rule matches all sources". */
function misplacedFinding(misplaced: MisplacedPeers): Finding {
  const { direction, index, right, wrong, field, peers } = misplaced;
  return {
    problem: 'misplaced-peers',
    field,
    data: {
      direction,
      index,
      right,
      wrong,
      everyone: direction === 'ingress' ? 'admits every source' : 'admits every destination',
    },
    // Where it is no list, nobody can tell what was meant.
    ...(isObject(peers) ? {} : { fix: moved(misplaced) }),
  };
}

function moved({ rule, field, right, peers, stillThere }: MisplacedPeers): PatchOperation[] {
  const add: PatchOperation = { op: 'add', path: jsonPointer([...rule, right]), value: peers };
  return stillThere ? [{ op: 'remove', path: jsonPointer(field) }, add] : [add];
}
