import type { Kind } from '../../model/kinds.ts';
import {
  COMPONENTS,
  CONTROL_PLANE_LABEL,
  NAME_LABEL,
  SERVER_LABEL_VALUE,
  SERVER_NAME_LABEL,
} from '../../model/seldon-components.ts';
import type { NamedExpression } from '../../policy/in-cel.ts';
import { MOST_CONTAINERS } from './pod-findings.ts';

/** The kinds whose pods they tell by themselves; what the pods of a Server are is for its ServerConfig to say as well. */
export const POD_KINDS_IN_CEL: readonly Kind[] = ['Deployment', 'StatefulSet', 'ServerConfig'];

/** Said of the problems of pods that are told of POD_KINDS_IN_CEL. */
export const NOT_OF_SERVERS = 'of a Server: its ServerConfig has a say in its pods';

/** The values of a label by which the pods of the other components are known (model/seldon-components, componentOf). */
function othersBy(label: string): string {
  const values = Object.values(COMPONENTS).flatMap(({ labels }) => labels[label] ?? []);
  return JSON.stringify(values.filter((value) => value !== SERVER_LABEL_VALUE));
}

const has = (label: string, values: string): string =>
  `('${label}' in variables.labels && variables.labels['${label}'] in ${values})`;

/** An expression: the name of a container. */
export const containerName = (container: string): string =>
  `(has(${container}.name) ? ${container}.name : '')`;

/** An expression: whether a container's image is of this name, whatever registry and tag. */
const isImage = (container: string, name: string): string =>
  `(has(${container}.image) && ${container}.image.matches('(^|/)${name}([:@]|$)'))`;

/** An expression: whether a container is Seldon's agent (model/server-pod, isAgent). */
export const isAgentInCel = (container: string): string =>
  `(${containerName(container)} == 'agent' || ${isImage(container, 'seldon-agent')})`;

const NAMES = `variables.containers.map(c, ${containerName('c')})`;

/** The pod that a workload or a ServerConfig makes: `spec`, `labels`, `containers`, and `processes`, those that stay. */
export const POD_IN_CEL: readonly NamedExpression[] = [
  {
    name: 'spec',
    expression:
      "object.kind == 'ServerConfig' ? (has(object.spec) && has(object.spec.podSpec) ? object.spec.podSpec : {}) : object.spec.template.spec",
  },
  {
    name: 'labels',
    expression:
      "object.kind != 'ServerConfig' && has(object.spec.template.metadata) && has(object.spec.template.metadata.labels) ? object.spec.template.metadata.labels : {}",
  },
  { name: 'containers', expression: 'has(variables.spec.containers) ? variables.spec.containers : []' },
  {
    name: 'processes',
    expression:
      "variables.containers + (has(variables.spec.initContainers) ? variables.spec.initContainers.filter(c, has(c.restartPolicy) && c.restartPolicy == 'Always') : [])",
  },
];

/** POD_IN_CEL, and `isServer`: whether it is a pod of a Server, and no more in it than is looked at. */
export const SERVER_POD_IN_CEL: readonly NamedExpression[] = [
  ...POD_IN_CEL,
  {
    name: 'isOther',
    expression: `${has(NAME_LABEL, othersBy(NAME_LABEL))} || ${has(CONTROL_PLANE_LABEL, othersBy(CONTROL_PLANE_LABEL))}`,
  },
  {
    name: 'isServer',
    expression: `size(variables.processes) <= ${MOST_CONTAINERS} && (${[
      "object.kind == 'ServerConfig'",
      has(NAME_LABEL, JSON.stringify([SERVER_LABEL_VALUE])),
      [
        '!variables.isOther',
        `('${SERVER_NAME_LABEL}' in variables.labels || ('agent' in ${NAMES} && ('mlserver' in ${NAMES} || 'triton' in ${NAMES})) || variables.processes.exists(c, ${isImage('c', 'seldon-agent')}))`,
      ].join(' && '),
    ].join(' || ')})`,
  },
];

/** More of them than that in one container is beyond what an API server would go through. */
const MOST_ENTRIES = 100;

/**
 * `isSmall`: whether a pod is judged, and an API server gets through the variables and arguments of all its containers. Where it
 * does not, nobody can tell here what there is.
 */
export const IS_SMALL: NamedExpression = {
  name: 'isSmall',
  expression: `size(variables.processes) <= ${MOST_CONTAINERS} && variables.processes.all(c, ${[
    'env',
    'command',
    'args',
  ]
    .map((list) => `(!has(c.${list}) || size(c.${list}) <= ${MOST_ENTRIES})`)
    .join(' && ')})`,
};

/** Of pods with so many containers it is not known what they were. */
export const NOT_JUDGED = `size(variables.processes) > ${MOST_CONTAINERS} ? [''] : []`;

/** An expression: the entries of a container's variable; the last one counts. */
export const entriesOf = (container: string, variable: string): string =>
  `(has(${container}.env) ? ${container}.env.filter(e, e.name == '${variable}') : [])`;

/** An expression: whether a container may be given a flag, as far as its manifest shows: arguments may stand in variables. */
const mayHaveFlag = (container: string, flag: string): string =>
  `((has(${container}.command) ? ${container}.command : []) + (has(${container}.args) ? ${container}.args : [])).exists(a, a.contains('${flag}') || a.contains('$('))`;

/**
 * An expression: what containers are told by a variable, each by its `name`: the `entries`, `isFrom`, whether there is more in
 * envFrom, and `isFlag`, whether a flag may count instead.
 */
export const toldBy = (containers: string, variable: string, flag?: string): string =>
  [
    `${containers}.map(c, {'name': dyn(${containerName('c')}), 'isFrom': dyn(has(c.envFrom) && size(c.envFrom) > 0)`,
    ...(flag === undefined ? [] : [`'isFlag': dyn(${mayHaveFlag('c', flag)})`]),
    `'entries': dyn(${entriesOf('c', variable)})})`,
  ].join(', ');

/** An expression: of what a container is told (toldBy), the entry that counts; there has to be one. */
export const LAST = 't.entries[size(t.entries) - 1]';

/** A pattern: 127.0.0.0/8, as an address is written. */
export const LOOPBACK_V4 = '127([.](0|[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5])){3}';

/** An expression: the text that an entry has for its value; empty where that comes from elsewhere. */
export const textIn = (entry: string): string => `(has(${entry}.value) ? ${entry}.value : '')`;
