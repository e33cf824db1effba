import type { InCel } from '../../policy/in-cel.ts';
import { findingsInCel, texts } from '../own/findings-in-cel.ts';
import { IS_SMALL, LAST, POD_IN_CEL, POD_KINDS_IN_CEL, textIn, toldBy } from './server-pod-in-cel.ts';
import { FLAG, VARIABLE } from './told-host.ts';

/** A longer value is cut short in messages. */
const LONGEST = 100;
const OCTET = '(0|[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5])';
/** What is certainly another host, or none: a name, or an IPv4 address that is neither unspecified nor loopback. */
const NAME = '^[A-Za-z0-9_.,/@-]+$';
const NUMBERS = '^[0-9.]+$';
const ADDRESS = `^${OCTET}([.]${OCTET}){3}$`;
const ITSELF = '(?i)^(localhost|ip6-localhost|ip6-loopback)[.]?$';

const isElsewhere = (text: string): string =>
  [
    `size(${text}) <= ${LONGEST}`,
    `(${[
      `${text}.matches('${NAME}') && !${text}.matches('${NUMBERS}') && !${text}.matches('${ITSELF}')`,
      `${text}.matches('${ADDRESS}') && !${text}.matches('^(0|127)[.]')`,
    ].join(' || ')})`,
  ].join(' && ');

/** An expression: the text, or else the field by which a variable's entry tells of another host; empty where it does not. */
const elsewhere = (entry: string): string => {
  const path = `${entry}.valueFrom.fieldRef.fieldPath`;
  const isNodes = `${path} in ['status.hostIP', 'status.hostIPs', 'spec.nodeName']`;
  const isOwn = `${path} in ['status.podIP', 'status.podIPs', 'metadata.name']`;
  const ofHost = 'has(variables.spec.hostNetwork) && variables.spec.hostNetwork == true';
  return [
    `${textIn(entry)} != ''`,
    `? (${isElsewhere(`${entry}.value`)} ? ${entry}.value : '')`,
    `: (has(${entry}.valueFrom) && has(${entry}.valueFrom.fieldRef) && size(${path}) <= ${LONGEST}`,
    `&& !(${isOwn} || (${isNodes} && ${ofHost})) ? ${path} : '')`,
  ].join(' ');
};

/** What server-host says of the variable where it is written out, of workloads and ServerConfigs. */
export function serverHostInCel(): readonly InCel[] {
  // A host of the pod's own hosts file may be the pod itself.
  const isPlain = 'variables.isSmall && !has(variables.spec.hostAliases) && !has(variables.spec.hostname)';
  return [
    findingsInCel({
      problem: 'elsewhere',
      kinds: POD_KINDS_IN_CEL,
      left: `of a Server, by the flag --${FLAG}, by a value that is put together, in pods with hostAliases or hostname: its ServerConfig and other settings have a say`,
      variables: [
        ...POD_IN_CEL,
        IS_SMALL,
        { name: 'isPlain', expression: isPlain },
        {
          name: 'told',
          expression: `!variables.isPlain ? [] : ${toldBy('variables.processes', VARIABLE, FLAG)}.filter(t, size(t.entries) > 0).map(t, {'name': t.name, 'isFlag': t.isFlag, 'last': ${LAST}})`,
        },
      ],
      found: `variables.told.filter(t, !t.isFlag).map(t, ${texts('t.name', elsewhere('t.last'))}).filter(f, f[1] != '').map(f, ${texts("'elsewhere\\n' + f[0] + '\\n' + f[1]", `'${VARIABLE}'`, 'f[0]', 'f[1]')})`,
      words: ['source', 'container', 'value'],
      doubts: `!variables.isPlain ? [''] : variables.told.filter(t, t.isFlag || ${textIn('t.last')}.contains('$')).map(t, 'elsewhere\\n' + t.name + '\\n')`,
    }),
  ];
}
