import t from 'tap';
import { connectionsIn } from '../../src/network/listing.ts';
import type { Connection } from '../../src/network/listing.ts';
import { workloadsOf } from '../../src/network/workload.ts';
import { connectivityDot } from '../../src/reports/connectivity-dot.ts';
import { connectivityGraph } from '../../src/reports/connectivity-graph.ts';
import { connectivityJson } from '../../src/reports/connectivity-json.ts';
import { connectivitySvg } from '../../src/reports/connectivity-svg.ts';
import {
  connectivityCsv,
  connectivityMarkdown,
  connectivityText,
} from '../../src/reports/connectivity-table.ts';
import { pictureOf, pod, policy } from '../network/listed.ts';

// A listing as text, JSON, Markdown, CSV, DOT and SVG. The JSON is a contract.

const YAML =
  pod('x') +
  pod('y') +
  pod('lonely') +
  policy('walls', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] }) +
  policy('out', {
    podSelector: { matchLabels: { app: 'x' } },
    egress: [
      { to: [{ podSelector: {} }] },
      { to: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ port: 53, protocol: 'UDP' }] },
    ],
  }) +
  policy('in', {
    podSelector: { matchLabels: { app: 'y' } },
    ingress: [
      { from: [{ podSelector: {} }], ports: [{ port: 80 }, { port: 8000, endPort: 9000 }] },
      { from: [{ namespaceSelector: { matchLabels: { team: 'a' } } }], ports: [{ port: 443 }] },
    ],
  });
const cluster = pictureOf(YAML);
const connections = (): Iterable<Connection> => connectionsIn(cluster);
const whole = (pieces: Iterable<string>): string => [...pieces].join('');

const x = { kind: 'Pod', namespace: 'a', name: 'x' };
const y = { kind: 'Pod', namespace: 'a', name: 'y' };
const json = whole(connectivityJson(connections()));
t.strictSame(
  JSON.parse(json),
  {
    connections: [
      {
        from: x,
        to: y,
        ports: [
          { protocol: 'TCP', port: 80 },
          { protocol: 'TCP', port: 8000, endPort: 9000 },
        ],
      },
      { from: x, to: { ip: '10.0.0.0-10.255.255.255' }, ports: [{ protocol: 'UDP', port: 53 }] },
    ],
    unknown: [{ from: x, to: y, ports: [{ protocol: 'TCP', port: 443 }] }],
  },
  'the contract, and what is not known beside it',
);
t.equal(json.trimEnd().split('\n').length, 6, 'a row a line');
const two = [...connectionsIn(pictureOf(pod('x') + pod('y')))];
t.strictSame(
  JSON.parse(whole(connectivityJson(two.slice(0, 1)))),
  { connections: [{ from: x, to: y, ports: 'all' }] },
  'all ports are "all", and nothing unknown is no key',
);
t.strictSame(JSON.parse(whole(connectivityJson([]))), { connections: [] }, 'no connections');

t.equal(
  whole(connectivityText(connections())),
  `Pod a/x -> Pod a/y: TCP 80, 8000-9000
Pod a/x -> Pod a/y: TCP 443 (unknown)
Pod a/x -> 10.0.0.0-10.255.255.255: UDP 53

2 connections, 1 unknown
`,
  'text',
);
t.equal(whole(connectivityText([])), '0 connections\n', 'text without any');
t.equal(
  whole(connectivityText(two.slice(0, 1))),
  'Pod a/x -> Pod a/y: all ports\n\n1 connection\n',
  'one of them',
);
t.equal(
  whole(connectivityMarkdown(connections())),
  `| from | to | ports |
| --- | --- | --- |
| Pod a/x | Pod a/y | TCP 80, 8000-9000 |
| Pod a/x | Pod a/y | TCP 443 (unknown) |
| Pod a/x | 10.0.0.0-10.255.255.255 | UDP 53 |
`,
  'Markdown',
);
t.equal(
  whole(connectivityCsv(connections())),
  [
    'from,to,ports,certain',
    'Pod a/x,Pod a/y,"TCP 80, 8000-9000",yes',
    'Pod a/x,Pod a/y,TCP 443,no',
    'Pod a/x,10.0.0.0-10.255.255.255,UDP 53,yes',
    '',
  ].join('\r\n'),
  'CSV',
);

const graph = connectivityGraph(
  [...connections()],
  workloadsOf(cluster).map((workload) => ({ kind: 'workload', workload })),
);
t.equal(
  connectivityDot(graph),
  String.raw`digraph connectivity {
  rankdir=LR;
  node [shape=box];
  subgraph "cluster_0" {
    label="outside the cluster";
    "10.0.0.0-10.255.255.255" [label="10.0.0.0\n10.255.255.255"];
  }
  subgraph "cluster_1" {
    label="a";
    "Pod a/lonely" [label="lonely\nPod"];
    "Pod a/x" [label="x\nPod"];
    "Pod a/y" [label="y\nPod"];
  }
  "Pod a/x" -> "Pod a/y" [label="TCP 80, 8000-9000"];
  "Pod a/x" -> "Pod a/y" [label="TCP 443", style=dashed];
  "Pod a/x" -> "10.0.0.0-10.255.255.255" [label="UDP 53"];
}
`,
  'DOT, with every workload in it',
);

const svg = connectivitySvg(graph);
const count = (pattern: RegExp): number => svg.match(pattern)?.length ?? 0;
t.equal(count(/<rect class="group"/g), 2, 'a box for each namespace and for the world outside');
t.equal(count(/<rect x=/g), 4, 'a box for each workload and each range');
t.equal(count(/marker-end=/g), 3, 'an arrow for each connection');
t.equal(count(/class="line unknown"/g), 1, 'dashed where it is unknown');
t.match(svg, '<title>Pod a/x -&gt; Pod a/y: TCP 443 (unknown)</title>', 'all of it is told on hovering');
t.ok(svg.lastIndexOf('<path class="line') < svg.indexOf('<rect x='), 'no arrow lies on a box');
t.equal(count(/>all ports</g), 0, 'all ports need no word on each arrow');

const open = (way: readonly string[]): string =>
  policy(`open-${way.join('-')}`, {
    podSelector: { matchLabels: { app: way[1] ?? '' } },
    ingress: [{ from: [{ podSelector: { matchLabels: { app: way[0] ?? '' } } }] }],
  });
const mutual = (...ways: (readonly string[])[]): string => {
  const seen = pictureOf(
    pod('x') + pod('y') + policy('walls', { podSelector: {} }) + ways.map(open).join(''),
  );
  const inside = [...connectionsIn(seen)].filter(
    ({ to, from }) => to.kind !== 'range' && from.kind !== 'range',
  );
  return connectivitySvg(connectivityGraph(inside, []));
};
const [there, back] = [
  ['x', 'y'],
  ['y', 'x'],
];
const both = mutual(there, back);
t.match(both, '<title>Pod a/x &lt;-&gt; Pod a/y: all ports</title>', 'one arrow for both ways');
t.equal(both.match(/<path class="line"/g)?.length, 1);
t.match(both, '>an arrow without ports: all ports<', 'and what an arrow without a word means');
t.match(mutual(there), '<title>Pod a/x -&gt; Pod a/y: all ports</title>');
t.notMatch(mutual(there), 'marker-start', 'one head for one way');
const boxes = [...svg.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/g)].map(
  (match) => match.slice(1).map(Number),
) as [number, number, number, number][];
for (const [i, [x1, y1, w1, h1]] of boxes.entries())
  for (const [x2, y2, w2, h2] of boxes.slice(i + 1))
    t.ok(x1 + w1 <= x2 || x2 + w2 <= x1 || y1 + h1 <= y2 || y2 + h2 <= y1, 'boxes do not lie on each other');
const [, width = 0, height = 0] = (/viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg) ?? []).map(Number);
t.ok(
  boxes.every(([bx, by, w, h]) => bx + w <= width && by + h <= height),
  'nothing is drawn outside the picture',
);
t.equal(count(/<\w+(?:\s[^>]*[^/])?>/g), count(/<\/\w+>/g), 'every element is closed');

// Names come out of files that anybody may have written.
const odd = '"|<b>\\\n\u0007&,';
const strange = [...connectionsIn(pictureOf(pod(odd) + pod('y')))];
const strangeGraph = connectivityGraph(strange, []);
t.match(
  connectivityDot(strangeGraph),
  String.raw`"Pod a/\"|<b>\\\n`,
  'DOT escapes quotes, backslashes and lines',
);
for (const raw of ['<b>', '\u0007'])
  t.notOk(
    connectivitySvg(strangeGraph).includes(raw),
    'SVG has no markup of others, and nothing that XML refuses',
  );
t.match(connectivitySvg(strangeGraph), '&quot;|&lt;b&gt;', 'but shows it');
t.match(
  whole(connectivityMarkdown(strange)),
  String.raw`"\|\<b\>\\`,
  'Markdown escapes what would be markup',
);
t.equal(
  whole(connectivityMarkdown(strange)).split('\n').length,
  strange.length + 3,
  'and keeps to one line a row',
);
t.match(whole(connectivityCsv(strange)), '"Pod a/""|<b>\\\n', 'CSV doubles quotes');
t.equal(JSON.parse(whole(connectivityJson(strange))).connections[0].from.name, odd, 'JSON has it as it is');
