import {
  COMPONENTS,
  CONTROL_PLANE_LABEL,
  NAME_LABEL,
  SERVER_LABEL_VALUE,
  SERVER_NAME_LABEL,
} from '../../model/seldon-components.ts';
import type { InCel } from '../../policy/in-cel.ts';
import { exportedRules } from '../own/cel-export.ts';
import { MOST_CONTAINERS } from './pod-findings.ts';

/** The values of a label by which the pods of the other components are known (model/seldon-components, componentOf). */
function othersBy(label: string): string {
  const values = Object.values(COMPONENTS).flatMap(({ labels }) => labels[label] ?? []);
  return JSON.stringify(values.filter((value) => value !== SERVER_LABEL_VALUE));
}

const has = (label: string, values: string): string =>
  `('${label}' in variables.labels && variables.labels['${label}'] in ${values})`;

const NAMES = 'variables.containers.map(c, has(c.name) ? c.name : "")';

/**
 * What avoids-host-network says of workloads and ServerConfigs. A Server is left out: what its pods are is for its
 * ServerConfig to say as well.
 */
export function hostNetworkInCel(): InCel {
  const rules = exportedRules(
    {
      variables: [
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
        {
          name: 'isOther',
          expression: `${has(NAME_LABEL, othersBy(NAME_LABEL))} || ${has(CONTROL_PLANE_LABEL, othersBy(CONTROL_PLANE_LABEL))}`,
        },
        {
          name: 'isServer',
          expression: [
            "object.kind == 'ServerConfig'",
            has(NAME_LABEL, JSON.stringify([SERVER_LABEL_VALUE])),
            [
              '!variables.isOther',
              `('${SERVER_NAME_LABEL}' in variables.labels || ('agent' in ${NAMES} && ('mlserver' in ${NAMES} || 'triton' in ${NAMES})) || variables.processes.exists(c, has(c.image) && c.image.matches('(^|/)seldon-agent([:@]|$)')))`,
            ].join(' && '),
          ].join(' || '),
        },
      ],
      validations: [
        {
          expression: `!has(variables.spec.hostNetwork) || variables.spec.hostNetwork != true || size(variables.processes) > ${MOST_CONTAINERS} || !variables.isServer`,
        },
      ],
    },
    'host-network',
  );
  return {
    ...rules,
    kinds: ['Deployment', 'StatefulSet', 'ServerConfig'],
    validations: rules.validations.map(({ expression }) => ({ expression })),
  };
}
