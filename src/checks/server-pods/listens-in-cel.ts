import type { InCel } from '../../policy/in-cel.ts';
import { findingsInCel, texts } from '../own/findings-in-cel.ts';
import { MLSERVER_VARIABLE } from './server-bind.ts';
import {
  containerName,
  IS_SMALL,
  isAgentInCel,
  LAST,
  LOOPBACK_V4,
  POD_KINDS_IN_CEL,
  SERVER_POD_IN_CEL,
  textIn,
  toldBy,
} from './server-pod-in-cel.ts';

const LOOPBACK = `^((?i:localhost)|${LOOPBACK_V4}|::1)$`;

/** An expression: whether a probe comes to the pod's own address. */
const comesIn = (probe: string): string =>
  `(has(${probe}) && (${[
    ...['httpGet', 'tcpSocket'].map(
      (handler) =>
        `(has(${probe}.${handler}) && (!has(${probe}.${handler}.host) || ${probe}.${handler}.host == ''))`,
    ),
    `has(${probe}.grpc)`,
  ].join(' || ')}))`;

const PROBED = ['readinessProbe', 'livenessProbe', 'startupProbe'].map((kind) => comesIn(`c.${kind}`));

/** What listens-where-probed says of MLServer where the address is written out, of workloads and ServerConfigs. */
export function listensInCel(): readonly InCel[] {
  return [
    findingsInCel({
      problem: 'deaf',
      kinds: POD_KINDS_IN_CEL,
      left: `of a Server, of Triton, of containers with another name than mlserver, by a value that is put together: its ServerConfig and other settings have a say`,
      variables: [
        ...SERVER_POD_IN_CEL,
        IS_SMALL,
        {
          name: 'told',
          expression: `variables.isServer && variables.isSmall ? ${toldBy(
            `variables.processes.filter(c, ${containerName('c')} == 'mlserver' && !${isAgentInCel('c')} && (${PROBED.join(' || ')}))`,
            MLSERVER_VARIABLE,
          )}.filter(t, size(t.entries) > 0).map(t, {'name': t.name, 'text': dyn(${textIn(LAST)})}) : []`,
        },
      ],
      found: `variables.told.filter(t, t.text.matches('${LOOPBACK}')).map(t, ${texts("'deaf\\n' + t.name + '\\n' + t.text", `'${MLSERVER_VARIABLE}'`, 't.name', 't.text')})`,
      words: ['setting', 'container', 'value'],
      doubts: `!variables.isSmall ? [''] : variables.told.filter(t, t.text.contains('$')).map(t, 'deaf\\n' + t.name + '\\n')`,
    }),
  ];
}
