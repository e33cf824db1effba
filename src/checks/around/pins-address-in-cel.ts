import { METALLB_NAMES, METALLB_PREFIXES } from '../../model/metallb.ts';
import type { InCel } from '../../policy/in-cel.ts';
import { findingsInCel, texts } from '../own/findings-in-cel.ts';
import { strangeKey } from './metallb-key.ts';

/** Four decimal numbers, as the API server and MetalLB read them (network/address, parseAddress). */
const OCTET = '(0{0,6}(1[0-9]{2}|2[0-4][0-9]|25[0-5])|0{0,7}[1-9][0-9]|0{0,8}[0-9])';
const MOST_PINS = 50;
const MOST_ANNOTATIONS = 500;

const keysOf = (name: string): string[] => METALLB_PREFIXES.map((prefix) => `${prefix}/${name}`);

/** An expression: the first of these annotations that is there; empty where none is. */
const firstOf = (keys: readonly string[]): string =>
  `${keys.map((key) => `'${key}' in variables.annotations ? '${key}'`).join(' : ')} : ''`;

/** What pins-address says where the pools of the cluster do not matter. */
export function pinsAddressInCel({
  otherNames = {},
}: {
  readonly otherNames?: Readonly<Record<string, string>>;
}): readonly InCel[] {
  const loadBalancerClass = 'object.spec.loadBalancerClass';
  const variables = [
    {
      name: 'annotations',
      expression: 'has(object.metadata.annotations) ? object.metadata.annotations : {}',
    },
    {
      name: 'isMetalLbs',
      expression: `has(object.spec.type) && object.spec.type == 'LoadBalancer' && size(variables.annotations) <= ${MOST_ANNOTATIONS} && (!has(${loadBalancerClass}) || ${loadBalancerClass} == '' || ${loadBalancerClass}.contains('metallb'))`,
    },
    { name: 'key', expression: `variables.isMetalLbs ? (${firstOf(keysOf('loadBalancerIPs'))}) : ''` },
    { name: 'annotated', expression: "variables.key == '' ? '' : variables.annotations[variables.key]" },
    {
      name: 'field',
      expression: "has(object.spec.loadBalancerIP) ? object.spec.loadBalancerIP : ''",
    },
  ];
  // Beyond them it takes a measure of how near two words are.
  const meant = METALLB_PREFIXES.flatMap((prefix) =>
    Object.keys(otherNames)
      .filter((name) => /^[a-z0-9_.-]+$/.test(name))
      .filter((name) => strangeKey(`${prefix}/${name}`, otherNames)?.meant !== undefined)
      .map((name) => `${prefix}/${name}`),
  );
  const right = METALLB_NAMES.flatMap(keysOf);
  const isNoAddress = [
    "text.contains(':')",
    "? text.contains('/') || text.contains('-')",
    `: !text.matches('^${OCTET}([.]${OCTET}){3}$')`,
  ].join(' ');
  return [
    findingsInCel({
      problem: 'misspelt',
      left: `of names that are merely near MetalLB's own: CEL does not compare words`,
      variables,
      found: `variables.isMetalLbs ? variables.annotations.filter(key, !(key in ${JSON.stringify(right)}) && key.split('/').size() == 2 && key.split('/')[0] + '/' + key.split('/')[1].lowerAscii() in ${JSON.stringify(meant)}).map(key, ${texts('key', 'key')}) : []`,
      words: ['key'],
    }),
    findingsInCel({
      problem: 'asked-twice',
      variables,
      found:
        "variables.annotated != '' && variables.field != '' ? [[string(variables.key + '\\n' + variables.field), string(variables.key)]] : []",
      words: ['key'],
    }),
    findingsInCel({
      problem: 'not-an-address',
      left: 'of texts with a colon, of which CEL cannot say in every release whether they are IPv6',
      variables: [
        ...variables,
        {
          name: 'isAsked',
          expression: `variables.isMetalLbs && variables.annotations.exists(key, ${METALLB_PREFIXES.map((prefix) => `key.startsWith('${prefix}/')`).join(' || ')})`,
        },
        {
          name: 'pins',
          expression:
            "!variables.isAsked ? [] : variables.annotated != '' ? variables.annotated.split(',').map(text, text.trim()) : variables.field != '' ? [variables.field] : []",
        },
        { name: 'place', expression: "variables.annotated == '' ? 'spec.loadBalancerIP' : variables.key" },
      ],
      found: `size(variables.pins) > ${MOST_PINS} ? [] : variables.pins.filter(text, ${isNoAddress}).map(text, ${texts("variables.place + '\\n' + text", 'variables.place', "text == '' ? 'nothing' : text")})`,
      words: ['place', 'value'],
      doubts: `size(variables.pins) > ${MOST_PINS} ? [''] : []`,
    }),
  ];
}
