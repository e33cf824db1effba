import { groupTitle } from './connectivity-graph.ts';
import type { ConnectivityGraph } from './connectivity-graph.ts';

/** The graph in Graphviz's DOT language: a cluster for each namespace, dashed edges for what is unknown. */
export function connectivityDot({ groups, edges }: ConnectivityGraph): string {
  const lines = ['digraph connectivity {', '  rankdir=LR;', '  node [shape=box];'];
  for (const [i, [namespace, nodes]] of [...groups].entries()) {
    lines.push(`  subgraph ${quoted(`cluster_${i}`)} {`, `    label=${quoted(groupTitle(namespace))};`);
    for (const node of nodes) lines.push(`    ${quoted(node.id)} [label=${quoted(node.lines.join('\n'))}];`);
    lines.push('  }');
  }
  for (const { from, to, ports, unknown } of edges) {
    const style = unknown ? ', style=dashed' : '';
    lines.push(`  ${quoted(from)} -> ${quoted(to)} [label=${quoted(ports)}${style}];`);
  }
  return `${[...lines, '}'].join('\n')}\n`;
}

/** "In quoted strings in DOT, the only escaped character is double-quote"; a backslash begins an escape of labels. */
function quoted(text: string): string {
  return `"${text
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`)}"`;
}
