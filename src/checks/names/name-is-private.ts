import type { Observation } from '../../model/cluster.ts';
import type { Path } from '../../model/json.ts';
import type { Review } from '../../model/review.ts';
import { firstOf } from '../../model/words.ts';
import type { Check, Data, Finding } from '../../policy/check.ts';
import { dialledName, lookUps } from './name-look-up.ts';
import { privateNameInCel } from './private-name-in-cel.ts';
import { isPublicSuffix } from './public-suffix.ts';

/** How many addresses of an answer a message names. */
const MOST_ADDRESSES = 3;

/** What the policy's document and the operator's settings may say. */
export interface NameParams {
  /** Resolvers outside the cluster (`ip`, `ip:port`, `[v6]:port`) to ask; none: nothing is looked up. */
  readonly resolvers?: readonly string[];
  /** The nodes' search domains, which pods inherit behind the cluster's own. */
  readonly searchDomains?: readonly string[];
  /** Names of namespaces that the operator does not want. */
  readonly names?: readonly string[];
  /** Names of namespaces that are known to be fine; they are never reported. */
  readonly allow?: readonly string[];
  /** How long all look-ups of one review may take together. Read by the side that asks. */
  readonly timeoutMs?: number;
}

/** The namespace that a review is about, and where the judged object names it. */
interface Subject {
  readonly namespace: string;
  readonly field: Path;
  /** Whether the Namespace itself is judged, or something that lives in it: then the name was settled earlier. */
  readonly itself: boolean;
}

const strings = (what: string, maxItems: number) => ({
  type: 'array',
  description: what,
  items: { type: 'string', minLength: 1, maxLength: 253 },
  maxItems,
});

/** Whether the names of a namespace's Services mean nothing outside the cluster. */
export const nameIsPrivate: Check<NameParams> = {
  name: 'name-is-private',
  needs: ['Namespace'],
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      resolvers: strings('Resolvers outside the cluster to ask: an IP address, with a port if not 53', 8),
      searchDomains: strings("The nodes' search domains; the cluster's own are left out", 32),
      names: strings('Further names that no namespace for Seldon should have', 10_000),
      allow: strings('Names of namespaces that are never reported', 10_000),
      timeoutMs: {
        type: 'integer',
        description: 'How long the look-ups of one review may take together',
        minimum: 10,
        maximum: 5000,
      },
    },
  },
  problems: {
    'public-suffix': ['namespace', 'dialled', 'suggestion'],
    listed: ['namespace', 'dialled', 'suggestion'],
    /** The name that the controller dials is answered, at the root or in a search domain. */
    answered: ['namespace', 'dialled', 'name', 'addresses', 'resolver', 'zone', 'suggestion'],
    /** A search domain has a host of the namespace's name: nobody dials that one. */
    'host-answered': ['namespace', 'dialled', 'name', 'addresses', 'resolver', 'zone', 'suggestion'],
    /** The resolver has an address for every name. */
    'answers-everything': ['namespace', 'dialled', 'name', 'addresses', 'resolver', 'zone', 'probe'],
    /** A search domain has an address for every name. */
    wildcard: ['namespace', 'dialled', 'name', 'addresses', 'resolver', 'zone', 'probe'],
    unanswered: ['namespace', 'dialled', 'name', 'because'],
  },
  inCel: privateNameInCel,
  *evaluate(review, params) {
    const subject = subjectOf(review, params);
    if (subject === undefined) return;
    for (const finding of judge(subject, review, params))
      // Whoever adds to a namespace that exists did not name it, and cannot rename it.
      yield subject.itself ? finding : { ...finding, effect: 'warn' };
  },
  observes(review, params) {
    const subject = subjectOf(review, params);
    if (subject === undefined || !looksUp(subject, params)) return [];
    return lookUps(subject.namespace, params.searchDomains ?? []).flatMap(({ dialled, host, probe }) =>
      host === undefined ? [dialled, probe] : [dialled, host, probe],
    );
  },
};

/** The namespace to judge; undefined where there is none, or where another object of the picture is judged for it. */
function subjectOf({ object, operation, cluster }: Review, params: NameParams): Subject | undefined {
  const itself = object.known === 'Namespace';
  if (!itself && object.known !== 'SeldonRuntime' && object.known !== 'Server') return undefined;
  const namespace = itself ? object.name : object.namespace;
  // The API server refuses other names itself; a generateName that is not filled in yet ends in a hyphen.
  if (!/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(namespace)) return undefined;
  if (params.allow?.includes(namespace) === true) return undefined;
  // At rest a name is blamed once, on the Namespace.
  if (!itself && operation === 'NONE' && cluster.get('Namespace', '', namespace) !== undefined)
    return undefined;
  return { namespace, field: ['metadata', itself ? 'name' : 'namespace'], itself };
}

/** Why a name is refused without asking anyone. */
function refusedAsWritten(namespace: string, params: NameParams): 'public-suffix' | 'listed' | undefined {
  if (isPublicSuffix(namespace)) return 'public-suffix';
  return params.names?.includes(namespace) === true ? 'listed' : undefined;
}

/** Whether resolvers are asked: the operator named some, and the name alone does not settle it. */
function looksUp({ namespace }: Subject, params: NameParams): boolean {
  return (params.resolvers ?? []).length > 0 && refusedAsWritten(namespace, params) === undefined;
}

function* judge(subject: Subject, review: Review, params: NameParams): Generator<Finding> {
  const { namespace, field } = subject;
  const data = { namespace, dialled: dialledName(namespace) };
  const suggestion = suggestName(namespace, params);
  const asWritten = refusedAsWritten(namespace, params);
  if (asWritten !== undefined)
    yield { problem: asWritten, field, data: { ...data, suggestion }, key: asWritten };
  if (!looksUp(subject, params)) return;

  const observed = (name: string): Observation =>
    review.cluster.observed(name) ?? { outcome: 'failed', why: 'it was not looked up' };
  // Addresses and reasons come and go: with the same name it stays the same fault.
  const about = (problem: string, name: string, values: Data): Finding => ({
    problem,
    field,
    data: { ...data, name: spoken(name), ...values },
    key: `${problem} ${name}`,
  });
  let rewriter: string | undefined;
  const unanswered: Finding[] = [];
  for (const { zone, dialled, host, probe } of lookUps(namespace, params.searchDomains ?? [])) {
    // A host of the namespace's name is of interest only where the dialled name is not there.
    const first = observed(dialled);
    const name = first.outcome === 'absent' && host !== undefined ? host : dialled;
    const answer = observed(name);
    if (answer.outcome === 'failed')
      unanswered.push({ ...about('unanswered', name, { because: answer.why }), unknown: true });
    if (answer.outcome !== 'addresses') continue;
    const { resolver } = answer;
    const values = { zone, addresses: firstOf(answer.addresses, MOST_ADDRESSES), resolver };
    const anything = observed(probe);
    if (name === host) yield about('host-answered', name, { ...values, suggestion });
    else if (anything.outcome !== 'addresses' || anything.resolver !== resolver)
      yield about('answered', name, { ...values, suggestion });
    else if (resolver !== rewriter) {
      // It answers for every namespace alike: a warning at most, since another name would be no better off.
      if (zone === '') rewriter = resolver;
      const problem = zone === '' ? 'answers-everything' : 'wildcard';
      yield { ...about(problem, name, { ...values, probe: spoken(probe) }), effect: 'warn' };
    }
  }
  // Look-ups mostly fail together, for one reason.
  yield* unanswered.slice(0, 1);
}

/** A name as people write it: without the final dot. */
function spoken(name: string): string {
  return name.slice(0, -1);
}

/** A name for a namespace that is not refused as written. Nobody was asked for it. */
function suggestName(namespace: string, params: NameParams): string {
  // Without its prefix an IDN label is plain letters; with a suffix behind it, it would be no IDN label any more.
  const stem = namespace.replace(/^xn--/, '').slice(0, 50).replace(/-+$/, '');
  const candidates = [`${stem}-seldon`, `seldon-${stem}`, `${stem}-seldon-models`];
  return candidates.find((name) => refusedAsWritten(name, params) === undefined) ?? `${stem}-seldon-1`;
}
