import { CAPABILITIES } from '../../model/workload.ts';
import type { InCel } from '../../policy/in-cel.ts';
import { findingsInCel, texts } from '../own/findings-in-cel.ts';
import { TASKS } from './container-fault.ts';
import { VARIABLE } from './scheduler-host.ts';
import { containerName, entriesOf, IS_SMALL, isAgentInCel, SERVER_POD_IN_CEL } from './server-pod-in-cel.ts';

const KINDS = ['Deployment', 'StatefulSet'] as const;
const LEFT = 'of a Server or a ServerConfig: each of the two may bring what the other lacks';

const isAgent = (c: string): string =>
  `(${isAgentInCel(c)} || ${[VARIABLE, CAPABILITIES].map((name) => `size(${entriesOf(c, name)}) > 0`).join(' || ')})`;
const isRclone = (c: string): string =>
  `(${containerName(c)}.contains('rclone') || (has(${c}.image) && ${c}.image.contains('rclone')))`;
const toldOfRclone = (c: string): string =>
  `((has(${c}.command) ? ${c}.command : []) + (has(${c}.args) ? ${c}.args : [])).exists(a, a.contains('-rclone-host'))`;

const lacking = (role: keyof typeof TASKS, lacks: string): string =>
  `(variables.isLookedAt && ${lacks} ? [['no-container ${role}', '${role}', ${JSON.stringify(TASKS[role])}]] : [])`;

const mounts = (c: string): string => `(has(${c}.volumeMounts) ? ${c}.volumeMounts.map(m, m.name) : [])`;

/** What pod-complete says of workloads and the API server does not. */
export function podCompleteInCel(): readonly InCel[] {
  const variables = [
    ...SERVER_POD_IN_CEL,
    IS_SMALL,
    { name: 'isLookedAt', expression: 'variables.isSmall && variables.isServer' },
  ];
  const doubts = "variables.isSmall ? [] : ['']";
  return [
    findingsInCel({
      problem: 'no-container',
      kinds: KINDS,
      left: LEFT,
      variables,
      found: [
        lacking('agent', `!variables.processes.exists(c, ${isAgent('c')})`),
        lacking('rclone', `!variables.processes.exists(c, ${isRclone('c')} || ${toldOfRclone('c')})`),
        lacking('server', `variables.processes.all(c, ${isAgent('c')} || ${isRclone('c')})`),
      ].join(' + '),
      words: ['role', 'task'],
      doubts,
    }),
    findingsInCel({
      problem: 'nothing-shared',
      kinds: KINDS,
      left: LEFT,
      variables: [
        ...variables,
        {
          name: 'agents',
          expression: `variables.isLookedAt ? variables.processes.filter(c, ${isAgentInCel('c')}) : []`,
        },
        { name: 'rclones', expression: `variables.containers.filter(c, ${containerName('c')} == 'rclone')` },
      ],
      found: [
        `size(variables.agents) > 0 && size(variables.rclones) > 0`,
        `&& variables.containers.exists(c, size(${mounts('c')}) > 0)`,
        `&& !${mounts('variables.rclones[0]')}.exists(m, m in ${mounts('variables.agents[0]')})`,
        `? [${texts("'nothing-shared'", containerName('variables.agents[0]'), "'rclone'")}] : []`,
      ].join(' '),
      words: ['container', 'other'],
      doubts,
    }),
  ];
}
