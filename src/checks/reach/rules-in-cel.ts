import type { InCel } from '../../policy/in-cel.ts';
import { findingsInCel } from '../own/findings-in-cel.ts';
import { ALLOWS, DENIES, EVERYONE, NAMED } from './denies-nothing.ts';

const DIRECTIONS = [
  { direction: 'ingress', type: 'Ingress', peers: 'from' },
  { direction: 'egress', type: 'Egress', peers: 'to' },
] as const;

/** More rules than that are beyond what an API server would go through. */
const MOST_RULES = 1000;

const rulesOf = (direction: string): string =>
  `(has(object.spec.${direction}) ? object.spec.${direction} : [])`;
const isEmpty = (field: string): string => `(!has(r.${field}) || size(r.${field}) == 0)`;
const open = (direction: string, peers: string): string =>
  `${rulesOf(direction)}.map(r, ${isEmpty(peers)} && ${isEmpty('ports')})`;
const pattern = ({ source }: RegExp): string => JSON.stringify(`(?i)${source}`);

/** What rules-as-written says of the rules as the API server keeps them. */
export function rulesInCel(): readonly InCel[] {
  const variables = [
    {
      name: 'types',
      expression: 'has(object.spec) && has(object.spec.policyTypes) ? object.spec.policyTypes : []',
    },
    {
      name: 'isSmall',
      expression: `has(object.spec) && ${DIRECTIONS.map(({ direction }) => `size(${rulesOf(direction)}) <= ${MOST_RULES}`).join(' && ')}`,
    },
    // The API server fills in policyTypes where there are none (networking/v1, SetDefaults_NetworkPolicy).
    ...DIRECTIONS.map(({ direction, type }) => ({
      name: `${direction}InForce`,
      expression: `'${type}' in variables.types`,
    })),
    ...DIRECTIONS.map(({ direction, peers }) => ({
      name: `${direction}Open`,
      expression: `variables.isSmall ? ${open(direction, peers)} : []`,
    })),
  ];
  const doubts = "variables.isSmall ? [] : ['']";
  const notInForce = DIRECTIONS.map(
    ({ direction }) =>
      `(variables.isSmall && !variables.${direction}InForce && size(variables.${direction}Open) > 0 && !(true in variables.${direction}Open) ? [['${direction}\\n' + variables.types.join(', '), '${direction}', variables.types.join(', ')]] : [])`,
  );
  const name = "(has(object.metadata.name) ? string(object.metadata.name) : '')";
  const speaksOf = (direction: 'ingress' | 'egress'): string =>
    `variables.${direction}InForce && ${name}.matches(${pattern(NAMED[direction])})`;
  const index = (direction: string): string => `string(variables.${direction}Open.indexOf(true))`;
  const opened = DIRECTIONS.map(
    ({ direction }) =>
      `(variables.isDenial && variables.${direction}Spoken && true in variables.${direction}Open ? [['${direction}\\n' + ${index(direction)}, '${direction}', ${index(direction)}, '${EVERYONE[direction]}', ${name}]] : [])`,
  );
  const allOpen = DIRECTIONS.map(
    ({ direction }) => `(!variables.${direction}InForce || true in variables.${direction}Open)`,
  ).join(' && ');
  const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
  return [
    findingsInCel({
      problem: 'not-in-force',
      variables,
      found: notInForce.join(' + '),
      words: ['direction', 'types'],
      doubts,
    }),
    findingsInCel({
      problem: 'denies-nothing',
      left: 'of a policy that kubectl applied with peers, some of which may have been dropped',
      when: `has(object.metadata.name) && object.metadata.name.matches(${pattern(DENIES)}) && !object.metadata.name.matches(${pattern(ALLOWS)})`,
      variables: [
        ...variables,
        // Peers that the API server has dropped are told instead, and only what was applied still tells of them.
        {
          name: 'isWhole',
          expression: `!has(object.metadata.annotations) || !('${annotation}' in object.metadata.annotations) || !object.metadata.annotations['${annotation}'].matches('"(to|from)"|\\\\\\\\')`,
        },
        { name: 'isNamed', expression: `(${speaksOf('ingress')}) || (${speaksOf('egress')})` },
        ...DIRECTIONS.map(({ direction }) => ({
          name: `${direction}Spoken`,
          expression: `variables.${direction}InForce && (!variables.isNamed || (${speaksOf(direction)}))`,
        })),
        { name: 'isDenial', expression: `variables.isWhole && (variables.isNamed || (${allOpen}))` },
      ],
      found: opened.join(' + '),
      words: ['direction', 'index', 'everyone', 'name'],
      doubts: "variables.isSmall && variables.isWhole ? [] : ['']",
    }),
  ];
}
