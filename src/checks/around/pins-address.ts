import { stringAt } from '../../model/json.ts';
import type { Path } from '../../model/json.ts';
import { annotationsOf, nameOf, sameObject } from '../../model/manifest.ts';
import type { Manifest } from '../../model/manifest.ts';
import {
  askedBy,
  BOOKINGS,
  isMetalLbs,
  METALLB_NAMES,
  METALLB_PREFIXES,
  pinsOf,
  whyNotShared,
} from '../../model/metallb.ts';
import type { Asked } from '../../model/metallb.ts';
import type { PatchOperation } from '../../model/patch.ts';
import { jsonPointer } from '../../model/path.ts';
import type { Review } from '../../model/review.ts';
import { isWithin, rangeIn } from '../../network/range-text.ts';
import type { Check, Data, Finding } from '../../policy/check.ts';
import { strangeKey } from './metallb-key.ts';
import type { StrangeKey } from './metallb-key.ts';
import { addressFault, poolFault } from './pool-fault.ts';
import { pinsAddressInCel } from './pins-address-in-cel.ts';

/** What the policy's document and the operator's settings may say. */
export interface PinsParams {
  /** What people call MetalLB's names, in lower case, and the name that it reads. */
  readonly otherNames?: Readonly<Record<string, string>>;
}

/**
 * Whether MetalLB reads what a Service of type LoadBalancer asks of it, and can give it: annotations that it knows,
 * addresses out of its pools, each of them booked once. Services that ask it for nothing are none of its business.
 */
export const pinsAddress: Check<PinsParams> = {
  name: 'pins-address',
  needs: ['Service', 'IPAddressPool'],
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      otherNames: {
        type: 'object',
        description:
          "What people call the names of MetalLB's annotations, in lower case, and the name that it reads",
        additionalProperties: { enum: [...METALLB_NAMES] },
      },
    },
  },
  problems: {
    misspelt: ['service', 'key', 'meant'],
    unread: ['service', 'key'],
    'asked-twice': ['service', 'key', 'address'],
    'not-an-address': ['service', 'value', 'place'],
    'no-such-pool': ['service', 'pool', 'pools', 'instead'],
    'other-pool': ['service', 'address', 'pool', 'holder'],
    'outside-pools': ['service', 'address', 'pools'],
    booked: ['service', 'address', 'other', 'because'],
    'pools-not-seen': ['service', 'what'],
  },
  inCel: pinsAddressInCel,
  *evaluate(review, { otherNames = {} }) {
    const { object: service } = review;
    if (!isMetalLbs(service)) return;
    const keys = Object.keys(annotationsOf(service));
    for (const key of keys) {
      const strange = strangeKey(key, otherNames);
      if (strange !== undefined) yield keyFinding(service, strange);
    }
    // Without an annotation of MetalLB's the address may be meant for whatever else hands out addresses.
    if (!keys.some((key) => METALLB_PREFIXES.some((prefix) => key.startsWith(`${prefix}/`)))) return;
    yield* askedFindings(review);
  },
};

function found(service: Manifest, problem: string, field: Path, data: Data): Finding {
  return { problem, field, data: { service: nameOf(service), ...data } };
}

/** The key goes and the right one comes, unless that is there already: MetalLB goes by it as it is. */
function keyFinding(service: Manifest, { key, meant }: StrangeKey): Finding {
  const field = ['metadata', 'annotations', key];
  if (meant === undefined) return found(service, 'unread', field, { key });
  const annotations = annotationsOf(service);
  const name = meant.slice(meant.indexOf('/') + 1);
  const isThere = METALLB_PREFIXES.some((prefix) => Object.hasOwn(annotations, `${prefix}/${name}`));
  const add: PatchOperation = {
    op: 'add',
    path: jsonPointer(['metadata', 'annotations', meant]),
    value: annotations[key] ?? '',
  };
  const fix: PatchOperation[] = [{ op: 'remove', path: jsonPointer(field) }, ...(isThere ? [] : [add])];
  return { ...found(service, 'misspelt', field, { key, meant }), key: `misspelt ${key}`, fix };
}

function* askedFindings(review: Review): Iterable<Finding> {
  const { object: service, cluster } = review;
  const annotated = askedBy(service, 'loadBalancerIPs');
  const address = stringAt(service.object, 'spec', 'loadBalancerIP') ?? '';
  // "service can not have both" (getDesiredLbIPs).
  if (annotated !== undefined && address !== '')
    yield found(service, 'asked-twice', ['spec', 'loadBalancerIP'], {
      key: String(annotated.field.at(-1)),
      address,
    });
  const pool = askedBy(service, 'address-pool');
  const pins = pinsOf(service);
  const isSeen = cluster.sees('IPAddressPool');
  const [first] = pool === undefined ? pins : [pool];
  if (!isSeen && first !== undefined)
    yield {
      ...found(service, 'pools-not-seen', first.field, {
        what: pool === undefined ? `address ${first.value}` : `pool ${first.value}`,
      }),
      unknown: true,
    };
  const fault = isSeen && pool !== undefined ? poolFault(pool, cluster) : undefined;
  if (pool !== undefined && fault !== undefined) yield found(service, fault.problem, pool.field, fault.data);
  for (const pin of pins) yield* pinFindings(review, pin, pool, isSeen);
}

function* pinFindings(
  { object: service, cluster }: Review,
  pin: Asked,
  pool: Asked | undefined,
  isSeen: boolean,
): Iterable<Finding> {
  const range = rangeIn(pin.value);
  // "invalid loadBalancerIPs" (getDesiredLbIPs): it takes single addresses alone.
  if (range === undefined || range.first !== range.last || /[-/]/.test(pin.value)) {
    const place = pin.field.length === 2 ? 'spec.loadBalancerIP' : String(pin.field.at(-1));
    yield found(service, 'not-an-address', pin.field, { value: pin.value || 'nothing', place });
    return;
  }
  const fault = isSeen ? addressFault(pin.value, range, pool?.value, cluster) : undefined;
  if (fault !== undefined) yield found(service, fault.problem, pin.field, fault.data);
  for (const booking of cluster.pick(BOOKINGS)) {
    const { service: other, addresses } = booking;
    if (sameObject(other, service)) continue;
    const isHeld = addresses.some((text) => {
      const held = rangeIn(text);
      return held !== undefined && isWithin(range, held);
    });
    const because = isHeld ? whyNotShared(service, other) : undefined;
    if (because === undefined) continue;
    yield found(service, 'booked', pin.field, { address: pin.value, other: nameOf(other), because });
    return;
  }
}
