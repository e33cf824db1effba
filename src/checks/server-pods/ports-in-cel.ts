import type { InCel } from '../../policy/in-cel.ts';
import { findingsInCel } from '../own/findings-in-cel.ts';
import { MOST_CONTAINERS } from './pod-findings.ts';
import { containerName, SERVER_POD_IN_CEL } from './server-pod-in-cel.ts';

const MOST_PORTS = 64;

/** What ports-agree says of the names of ports in a ServerConfig; in a workload the API server itself refuses them. */
export function portsInCel(): readonly InCel[] {
  const word = '^[a-z0-9-]+$';
  const entries = `variables.processes.map(c, !has(c.ports) || !${containerName('c')}.matches('${word}') ? '' : c.ports.filter(p, has(p.containerPort) && has(p.name) && p.name.matches('${word}')).map(p, p.name + ' ' + ${containerName('c')} + ' ' + string(p.containerPort)).join(','))`;
  const named = (port: string): string =>
    `variables.ports.filter(p, p.split(' ')[0] == ${port}.split(' ')[0])`;
  return [
    findingsInCel({
      problem: 'same-name',
      kinds: ['ServerConfig'],
      left: 'of a Server: its ServerConfig has a say in its pods',
      variables: [
        ...SERVER_POD_IN_CEL,
        {
          name: 'isSmall',
          expression: `size(variables.processes) <= ${MOST_CONTAINERS} && variables.processes.all(c, !has(c.ports) || size(c.ports) <= ${MOST_PORTS})`,
        },
        // One list for all containers: name, container and number.
        {
          name: 'all',
          expression: `!variables.isServer || !variables.isSmall ? [] : ${entries}.filter(text, text != '').join(',').split(',').filter(text, text != '')`,
        },
        { name: 'ports', expression: `size(variables.all) > ${MOST_PORTS} ? [] : variables.all` },
      ],
      // The first container with a name is told, and only if the second port of that name is its own.
      found: `variables.ports.filter(port, ${named('port')}[0] == port).map(port, ${named('port')}.filter(p, p.split(' ')[1] == port.split(' ')[1])).filter(same, size(same) > 1).map(same, [same[0].split(' ')[1] + ' ' + same[0].split(' ')[0], same[0].split(' ')[1], same[0].split(' ')[0], same[0].split(' ')[2], same[1].split(' ')[2]])`,
      words: ['container', 'name', 'first', 'second'],
      doubts: `!variables.isSmall || size(variables.all) > ${MOST_PORTS} ? [''] : []`,
    }),
  ];
}
