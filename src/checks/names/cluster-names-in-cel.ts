import { COMPONENT_IDS, COMPONENTS, NAME_LABEL, RUNTIME_COMPONENTS } from '../../model/seldon-components.ts';
import { CONTROL_PLANE_LABEL, SERVER_NAME_LABEL } from '../../model/seldon-components.ts';
import type { Kind } from '../../model/kinds.ts';
import type { InCel, NamedExpression } from '../../policy/in-cel.ts';
import { findingsInCel, texts } from '../own/findings-in-cel.ts';
import { POD_IN_CEL } from '../server-pods/server-pod-in-cel.ts';
import { nameLookedUp, NAMES } from './dns-subject.ts';

const KINDS: readonly Kind[] = ['Deployment', 'StatefulSet', 'ServerConfig', 'SeldonConfig'];
const LEFT = 'of a Server or a SeldonRuntime: what its pods are laid over has a say in them';

const byComponent = (of: (id: (typeof COMPONENT_IDS)[number]) => string): string =>
  JSON.stringify(Object.fromEntries(COMPONENT_IDS.map((id) => [id, of(id)])));

/** An expression: the component that a label's value stands for (model/seldon-components, componentOf). */
function labelled(label: string): string {
  const known = COMPONENT_IDS.flatMap((id) => {
    const value = COMPONENTS[id].labels[label];
    return value === undefined ? [] : [[value, id]];
  });
  return `'${label}' in variables.labels && variables.labels['${label}'] in ${JSON.stringify(known.map(([value]) => value))} ? ${JSON.stringify(Object.fromEntries(known))}[variables.labels['${label}']]`;
}

const CONTAINERS = "variables.containers.map(c, has(c.name) ? c.name : '')";
const IS_SERVER = `object.kind == 'ServerConfig' || '${SERVER_NAME_LABEL}' in variables.labels || ('agent' in ${CONTAINERS} && ('mlserver' in ${CONTAINERS} || 'triton' in ${CONTAINERS}))`;
const OBJECT_NAME =
  "(has(object.metadata.name) ? object.metadata.name : has(object.metadata.generateName) ? object.metadata.generateName : '')";

/** More components than that are no SeldonConfig. */
const MOST_PODS = 40;

/** `pods`: one sort of pod each, by name, by what a person calls it, with its component and its spec. */
const VARIABLES: readonly NamedExpression[] = [
  // Those of a SeldonConfig are told by their own names.
  ...POD_IN_CEL.map(({ name, expression }) => ({
    name,
    expression:
      name === 'spec' || name === 'labels'
        ? `object.kind == 'SeldonConfig' ? {} : (${expression})`
        : expression,
  })),
  {
    name: 'component',
    expression: `${labelled(NAME_LABEL)} : (${labelled(CONTROL_PLANE_LABEL)} : (${IS_SERVER} ? 'server' : ''))`,
  },
  {
    name: 'components',
    expression: `object.kind == 'SeldonConfig' && has(object.spec) && has(object.spec.components) && size(object.spec.components) <= ${MOST_PODS} ? object.spec.components.filter(c, c.name in ${JSON.stringify(RUNTIME_COMPONENTS)}) : []`,
  },
  {
    name: 'pods',
    expression: `object.kind == 'SeldonConfig' ? variables.components.map(c, {'name': dyn(c.name), 'title': dyn(c.name + ' of SeldonConfig ' + ${OBJECT_NAME}), 'component': dyn(c.name), 'spec': dyn(has(c.podSpec) ? c.podSpec : {})}) : variables.component == '' ? [] : [{'name': dyn(${OBJECT_NAME}), 'title': dyn((object.kind == 'ServerConfig' ? 'ServerConfig ' : '') + ${OBJECT_NAME}), 'component': dyn(variables.component), 'spec': dyn(variables.spec)}]`,
  },
];

const policyIs = (policy: string): string => `(has(p.spec.dnsPolicy) && p.spec.dnsPolicy == '${policy}')`;
const IS_DEFAULTED =
  "(!has(p.spec.dnsPolicy) || p.spec.dnsPolicy == '' || p.spec.dnsPolicy == 'ClusterFirst')";
const ON_HOST = '(has(p.spec.hostNetwork) && p.spec.hostNetwork == true)';
const listIn = (field: string): string =>
  `(has(p.spec.dnsConfig) && has(p.spec.dnsConfig.${field}) ? p.spec.dnsConfig.${field} : [])`;
const SOME_NAMESERVER = `size(${listIn('nameservers')}) > 0`;

/** The options that are about ndots, the last of which counts (model/resolv-conf, lastOption). */
const DOTS = `${listIn('options')}.filter(o, has(o.name) && (o.name == 'ndots' || o.name.startsWith('ndots:')))`;
const DOTS_TEXT =
  "(o.name == 'ndots' ? (has(o.value) && o.value != '' ? o.value : '1') : o.name == 'ndots:' ? '1' : o.name.substring(6))";
const dots = `(size(${DOTS}) > 0 ? [${DOTS}[size(${DOTS}) - 1]].map(o, ${DOTS_TEXT})[0] : ${policyIs('None')} && ${SOME_NAMESERVER} ? '1' : '')`;
/** Components without a name of two labels: to them one dot is enough. */
const PLAIN = COMPONENT_IDS.filter((id) => NAMES[id].dotted === undefined);
const MOST_LISTED = 100;
const IS_SMALL = ['nameservers', 'searches', 'options']
  .map((field) => `size(${listIn(field)}) <= ${MOST_LISTED}`)
  .join(' && ');

/** Where a component is found by its short name, and where not. */
const isWide = (id: (typeof COMPONENT_IDS)[number]): boolean => NAMES[id].plain === undefined;

/** What resolves-cluster-names says where the addresses of the cluster's DNS do not matter. */
export function clusterNamesInCel({
  clusterDomain: domain = 'cluster.local',
}: {
  readonly clusterDomain?: string;
}): readonly InCel[] {
  const suffix = `svc.${domain}`;
  const about = (problem: string, where: string, words: readonly string[], rest: object = {}): InCel =>
    findingsInCel({
      problem,
      kinds: KINDS,
      left: LEFT,
      variables: VARIABLES,
      found: `variables.pods.filter(p, ${where}).map(p, ${texts(`'${problem}\\n' + p.name`, 'p.title', ...words)})`,
      ...rest,
    });
  const needed = `(p.component in ${JSON.stringify(COMPONENT_IDS.filter(isWide))} ? '' : (object.kind in ['ServerConfig', 'SeldonConfig'] ? '<namespace>' : object.metadata.namespace) + '.') + '${suffix}'`;
  const searches = listIn('searches');
  const isSearched = `${searches}.exists(s, s.lowerAscii().contains('svc'))`;
  return [
    about('node-dns', policyIs('Default'), ["'Default'"], { words: ['pod', 'policy'] }),
    about('host-network-dns', `${IS_DEFAULTED} && ${ON_HOST}`, ["'ClusterFirstWithHostNet'"], {
      words: ['pod', 'target'],
    }),
    about('no-nameserver', `${policyIs('None')} && !(${SOME_NAMESERVER})`, [], { words: ['pod'] }),
    findingsInCel({
      problem: 'no-search',
      kinds: KINDS,
      left: `${LEFT}; and of searches that name svc of another domain or namespace`,
      variables: VARIABLES,
      found: `variables.pods.filter(p, ${IS_SMALL} && ${policyIs('None')} && ${SOME_NAMESERVER} && !${isSearched}).map(p, ${texts("'no-search\\n' + p.name", 'p.title', `${byComponent(nameLookedUp)}[p.component]`, needed)})`,
      words: ['pod', 'name', 'search'],
      doubts: `variables.pods.filter(p, !(${IS_SMALL}) || ${isSearched}).map(p, 'no-search\\n' + p.name)`,
    }),
    findingsInCel({
      problem: 'low-ndots',
      kinds: KINDS,
      left: `${LEFT}; of ndots 1 where no name of two labels is looked up; of a value that is written otherwise than 0 or 1`,
      variables: VARIABLES,
      found: `variables.pods.filter(p, ${IS_SMALL} && (${dots} == '0' || (${dots} == '1' && !(p.component in ${JSON.stringify(PLAIN)})))).map(p, ${texts(`'low-ndots\\n' + p.name + '\\n' + ${dots}`, 'p.title', `${dots} == '0' ? ${byComponent(nameLookedUp)}[p.component] : ${byComponent((id) => NAMES[id].dotted ?? '')}[p.component]`, dots)})`,
      words: ['pod', 'name', 'ndots'],
      doubts: `variables.pods.filter(p, !(${IS_SMALL}) || !${dots}.matches('^([0-9]|1[0-9])?$')).map(p, 'low-ndots\\n' + p.name + '\\n')`,
    }),
  ];
}
