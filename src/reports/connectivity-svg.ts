import { groupTitle } from './connectivity-graph.ts';
import type { ConnectivityGraph, GraphEdge, GraphNode } from './connectivity-graph.ts';
import { ALL_PORTS } from './connectivity-peer.ts';

/** Sizes in pixels. */
const NODE = { height: 40, gap: 34, character: 7.2, least: 110 } as const;
const GROUP = { padding: 18, title: 24, gap: 170 } as const;
const MARGIN = 24;
const NOTE = 24;

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * The graph as a picture: a column for each namespace, its workloads below each other, addresses outside to the left, and an
 * arrow with its ports for each connection (dashed where it is unknown; without a word where all ports are open; one with two
 * heads where both ways are the same). Colours follow the reader's light or dark page.
 */
export function connectivitySvg({ groups, edges }: ConnectivityGraph): string {
  const places = new Map<string, Box>();
  const frames: string[] = [];
  const boxes: string[] = [];
  let x = MARGIN;
  let bottom = 0;
  for (const [namespace, nodes] of groups) {
    const title = groupTitle(namespace);
    const longest = Math.max(...[...nodes.flatMap(({ lines }) => lines), title].map((line) => line.length));
    const width = Math.max(NODE.least, Math.ceil(longest * NODE.character) + 20);
    const height = nodes.length * (NODE.height + NODE.gap) - NODE.gap + GROUP.title + GROUP.padding * 2;
    frames.push(groupBox(title, { x, y: MARGIN, width: width + GROUP.padding * 2, height }));
    for (const [i, node] of nodes.entries()) {
      const y = MARGIN + GROUP.padding + GROUP.title + i * (NODE.height + NODE.gap);
      const box = { x: x + GROUP.padding, y, width, height: NODE.height };
      places.set(node.id, box);
      boxes.push(nodeBox(node, box));
    }
    x += width + GROUP.padding * 2 + GROUP.gap;
    bottom = Math.max(bottom, MARGIN + height);
  }
  const arrows = bothWays(edges).map((edge, i) => arrow(edge, i, places));
  // Boxes lie on arrows, so that what is written on them can be read.
  const drawn = [...frames, ...arrows, ...boxes];
  if (edges.some(({ ports }) => ports === ALL_PORTS))
    drawn.push(
      `<text class="note" x="${MARGIN}" y="${(bottom += NOTE)}">an arrow without ports: ${ALL_PORTS}</text>`,
    );
  const [width, height] = [x - GROUP.gap / 2 + MARGIN, bottom + MARGIN];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="connections">
${STYLE}
${drawn.join('\n')}
</svg>
`;
}

const STYLE = `<style>
svg { background: #fff; color: #1f2328; font: 12px ui-monospace, monospace }
rect { fill: #fff; stroke: currentColor }
rect.group { fill: none; stroke-opacity: .35; stroke-dasharray: 4 3 }
text { fill: currentColor; text-anchor: middle }
text.kind { opacity: .65; font-size: 10px }
text.title { font-weight: bold }
text.note { opacity: .65; text-anchor: start }
g:hover path.line { stroke-opacity: 1; stroke-width: 2.5 }
path.line { fill: none; stroke: currentColor; stroke-opacity: .55 }
path.unknown { stroke-dasharray: 5 4 }
text.ports { font-size: 10px; stroke: #fff; stroke-width: 3; paint-order: stroke }
@media (prefers-color-scheme: dark) { svg { background: #0d1117; color: #e6edf3 } rect { fill: #0d1117 } rect.group { fill: none } text.ports { stroke: #0d1117 } }
</style>
<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0 8 4 0 8z" fill="currentColor"/></marker></defs>`;

function groupBox(title: string, { x, y, width, height }: Box): string {
  const text = `<text class="title" x="${x + width / 2}" y="${y + GROUP.padding + 4}">${escaped(title)}</text>`;
  return `<rect class="group" x="${x}" y="${y}" width="${width}" height="${height}" rx="8"/>${text}`;
}

function nodeBox({ lines: [first = '', second = ''] }: GraphNode, { x, y, width, height }: Box): string {
  const middle = x + width / 2;
  return [
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="5"/>`,
    `<text x="${middle}" y="${y + 17}">${escaped(first)}</text>`,
    `<text class="kind" x="${middle}" y="${y + 31}">${escaped(second)}</text>`,
  ].join('');
}

/** One for a connection, or for two that are the same in both directions. */
interface Arrow extends GraphEdge {
  readonly isBothWays: boolean;
}

function bothWays(edges: readonly GraphEdge[]): Arrow[] {
  const likeness = ({ ports, unknown }: GraphEdge): string => `${ports} ${unknown}`;
  const key = (edge: GraphEdge, from: string, to: string): string => `${from}\n${to}\n${likeness(edge)}`;
  const all = new Set(edges.map((edge) => key(edge, edge.from, edge.to)));
  return edges.flatMap((edge) => {
    const isBothWays = all.has(key(edge, edge.to, edge.from));
    return isBothWays && edge.from > edge.to ? [] : [{ ...edge, isBothWays }];
  });
}

/** From the side of one box to the nearer side of the other; within a column around its right. */
function arrow(
  { from, to, ports, unknown, isBothWays }: Arrow,
  index: number,
  places: Map<string, Box>,
): string {
  const [a, b] = [places.get(from), places.get(to)];
  if (a === undefined || b === undefined) return '';
  const rightwards = a.x <= b.x;
  const out = rightwards ? 1 : -1;
  const start = { x: rightwards ? a.x + a.width : a.x, y: a.y + a.height * 0.35 };
  const end = { x: a.x < b.x ? b.x : b.x + b.width, y: b.y + b.height * 0.65 };
  const bend = a.x === b.x ? 46 + Math.abs(a.y - b.y) * 0.12 : Math.abs(end.x - start.x) * 0.45;
  const inwards = a.x < b.x ? -1 : 1;
  const [c, d] = [start.x + out * bend, end.x + inwards * bend];
  // Labels are spread along their lines, so that those of neighbouring arrows do not lie on each other.
  const t = 0.35 + (index % 4) * 0.1;
  const on = (p: number, q: number, r: number, s: number): number =>
    Math.round((1 - t) ** 3 * p + 3 * (1 - t) ** 2 * t * q + 3 * (1 - t) * t ** 2 * r + t ** 3 * s);
  const line = `M${start.x} ${start.y}C${c} ${start.y} ${d} ${end.y} ${end.x} ${end.y}`;
  const [x, y] = [on(start.x, c, d, end.x), on(start.y, start.y, end.y, end.y) - 3];
  const hover = `${from} ${isBothWays ? '<->' : '->'} ${to}: ${ports}${unknown ? ' (unknown)' : ''}`;
  const heads = `${isBothWays ? ' marker-start="url(#head)"' : ''} marker-end="url(#head)"`;
  const label =
    ports === ALL_PORTS ? '' : `<text class="ports" x="${x}" y="${y}">${escaped(shortened(ports))}</text>`;
  return `<g><title>${escaped(hover)}</title><path class="line${unknown ? ' unknown' : ''}" d="${line}"${heads}/>${label}</g>`;
}

/** What fits on a line; all of it shows on hovering. */
function shortened(text: string): string {
  return text.length <= 24 ? text : `${text.slice(0, 23)}…`;
}

function escaped(text: string): string {
  return (
    text
      // XML 1.0 has no place for control characters, not even escaped.
      .replaceAll(/\p{Cc}/gu, '')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
  );
}
