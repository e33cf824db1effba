import type { InCel } from '../../policy/in-cel.ts';
import { findingsInCel, texts } from '../own/findings-in-cel.ts';
import { FLAG, UNTOLD, VARIABLE } from './scheduler-host.ts';
import { SCHEDULER } from './scheduler-named.ts';
import {
  IS_SMALL,
  isAgentInCel,
  LAST,
  LOOPBACK_V4,
  POD_KINDS_IN_CEL,
  SERVER_POD_IN_CEL,
  textIn,
  toldBy,
} from './server-pod-in-cel.ts';

/** The pod itself, however Seldon's pods are set up. */
const ITSELF = `^((?i:localhost)|0[.]0[.]0[.]0|${LOOPBACK_V4}|::1?)$`;
/** The scheduler's Service of a namespace that is named. */
const SERVICE = `^${SCHEDULER}[.][a-z0-9-]+([.]svc([.][a-z0-9.-]*[a-z0-9])?)?$`;
const LONGEST = 100;

const isWrong = (text: string): string =>
  [
    `${text}.matches('${ITSELF}')`,
    `(object.kind != 'ServerConfig' && !has(variables.spec.hostAliases) && size(${text}) <= ${LONGEST} && ${text}.matches('${SERVICE}') && ${text}.split('.')[1] != object.metadata.namespace)`,
  ].join(' || ');

const IS_UNTOLD = `size(t.entries) == 0 ? !t.isFrom : (${textIn(LAST)} == '' && !has(${LAST}.valueFrom))`;
const VALUE = `(${IS_UNTOLD}) ? '${UNTOLD}, its default' : size(t.entries) == 0 ? '' : ${texts(textIn(LAST))}.filter(text, ${isWrong('text')}).join('')`;

/** What registers-with-scheduler says of the host where it is written out, of workloads and ServerConfigs. */
export function registersInCel(): readonly InCel[] {
  return [
    findingsInCel({
      problem: 'host',
      kinds: POD_KINDS_IN_CEL,
      left: `of a Server, by the flag --${FLAG}, and by names but ${SCHEDULER}'s own: its ServerConfig, other settings and Services have a say`,
      variables: [
        ...SERVER_POD_IN_CEL,
        IS_SMALL,
        {
          name: 'agents',
          expression: `variables.isServer && variables.isSmall ? ${toldBy(`variables.processes.filter(c, ${isAgentInCel('c')})`, VARIABLE, FLAG)} : []`,
        },
      ],
      found: `variables.agents.filter(t, !t.isFlag).map(t, ${texts('t.name', VALUE)}).filter(f, f[1] != '').map(f, ${texts("'host\\n' + f[0] + '\\n' + f[1]", `'${VARIABLE}'`, 'f[1]')})`,
      words: ['setting', 'value'],
      doubts: `!variables.isSmall || has(variables.spec.hostAliases) ? [''] : variables.agents.filter(t, t.isFlag || (size(t.entries) > 0 && ${textIn(LAST)}.contains('$'))).map(t, 'host\\n' + t.name + '\\n')`,
    }),
  ];
}
