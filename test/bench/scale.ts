import { judge } from '../../src/judge/judge.ts';
import { Picture } from '../../src/model/cluster.ts';
import { KINDS } from '../../src/model/kinds.ts';
import type { Kind } from '../../src/model/kinds.ts';
import { manifestOf } from '../../src/model/manifest.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { reviewChange } from '../../src/model/review.ts';
import { DEFAULT_SETTINGS } from '../../src/policy/settings.ts';
import { kept } from '../../src/sources/kept.ts';
import { readCatalogue } from '../../src/sources/policies.ts';
import { bigCluster } from './big-cluster.ts';

/**
 * The picture of a cluster and one changed NetworkPolicy in it, as clusters grow: how long the picture takes to build from
 * parsed manifests, how much memory it holds, and how long a changed policy takes to be judged by the whole catalogue.
 * Processor time, which says the same as the clock's on a machine that is busy with something else.
 */
const SIZES = [
  { namespaces: 100, pods: 5000, policies: 500 },
  { namespaces: 200, pods: 10_000, policies: 1000 },
  { namespaces: 400, pods: 20_000, policies: 2000 },
];
const CHANGES = 1000;
/** A build takes so little that the garbage collector makes one of them take twice as long as the next: their median counts. */
const BUILDS = 9;
const KINDS_SEEN = Object.keys(KINDS) as Kind[];
const TARGETS = { buildMs: 2000, p99Ms: 5, memoryMb: 150, growth: 2.2 };

const catalogue = readCatalogue();
const bench = { catalogue, settings: DEFAULT_SETTINGS, now: Date.now() };
const say = (line: string): void => void process.stdout.write(`${line}\n`);

if (globalThis.gc === undefined) throw new Error('run it with node --expose-gc');
const heapMb = (): number => {
  for (let i = 0; i < 3; i++) globalThis.gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
};
const processorMs = (work: () => void): number => {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
};

/** What a watch hands over: the objects as they are kept. */
function watched(size: (typeof SIZES)[number]): Manifest[] {
  return bigCluster(size).map((object) => {
    const manifest = manifestOf(object, { from: 'cluster' });
    return manifest.known === undefined ? manifest : kept(manifest.known, structuredClone(manifest.object));
  });
}

/** The policy as somebody changes it: one more port in its first rule. */
function changed({ object, ...manifest }: Manifest, port: number): Manifest {
  const { ingress = [], ...spec } = object['spec'] as { ingress?: readonly object[] };
  const rule = { from: [{ podSelector: {} }], ports: [{ port }] };
  return { ...manifest, object: { ...object, spec: { ...spec, ingress: [...ingress, rule] } as never } };
}

/** The picture once the API server has stored the change: the next question is asked over another one. */
function stored(picture: Picture, previous: Manifest, object: Manifest): Picture {
  const kind = 'NetworkPolicy' as const;
  const { namespace } = object;
  const slice = picture.list(kind, namespace).map((one) => (one === previous ? object : one));
  return picture.next([{ kind, namespace, slice, gone: [previous], come: [object] }], KINDS_SEEN);
}

interface Figures {
  readonly buildMs: number;
  readonly memoryMb: number;
  readonly p50: number;
  readonly p99: number;
}

function measure(size: (typeof SIZES)[number]): Figures {
  const manifests = watched(size);
  const before = heapMb();
  let picture = Picture.of([]);
  const policies = (): readonly Manifest[] => picture.list('NetworkPolicy');
  const one = (index: number, port: number): number => {
    const all = policies();
    const previous = all[index % all.length] as Manifest;
    const change = { operation: 'UPDATE', object: changed(previous, port), previous } as const;
    const start = performance.now();
    judge(reviewChange(picture, change), bench);
    const took = performance.now() - start;
    picture = stored(picture, previous, change.object);
    return took;
  };
  // Built is what can answer: the first question works out what all others go by.
  const build = (objects: readonly Manifest[]): number =>
    processorMs(() => {
      picture = Picture.of(objects, { seen: KINDS_SEEN });
      one(0, 1);
    });
  const builds = [build(manifests)];
  const facts = heapMb() - before;
  const objects = heapMb() - heapWithout(manifests);
  // Until the code that judges is compiled, some hundred questions go by.
  for (let i = 0; i < CHANGES; i++) one(i, i + 1);
  const times = Array.from({ length: CHANGES }, (_, i) => one(i * 7, 1000 + i)).toSorted((a, b) => a - b);
  const share = (part: number): number => times[Math.floor(times.length * part)] ?? Number.NaN;
  // Of objects that are new each time, for what is found out about one is kept with it.
  while (builds.length < BUILDS) {
    const again = watched(size);
    heapMb();
    builds.push(build(again));
  }
  const buildMs = builds.toSorted((a, b) => a - b)[Math.floor(BUILDS / 2)] as number;
  return { buildMs, memoryMb: facts + objects, p50: share(0.5), p99: share(0.99) };
}

/** The heap as it would be without these objects: they are written out and read again, and both copies weighed. */
function heapWithout(manifests: readonly Manifest[]): number {
  const two = heapMb();
  const copy = structuredClone(manifests.map(({ object }) => object));
  const three = heapMb();
  return two - (three - two) - Number(copy.length === 0);
}

say(`${catalogue.policies.length} policies of the guard; processor time`);
say(
  ['pods', 'namespaces', 'policies', 'build ms', 'memory MB', 'p50 ms', 'p99 ms']
    .map((cell) => cell.padStart(11))
    .join(''),
);
const rows = SIZES.map((size) => {
  measure({ ...size, pods: 200, namespaces: 20, policies: 100 });
  const figures = measure(size);
  const cells = [
    size.pods,
    size.namespaces,
    size.policies,
    figures.buildMs.toFixed(0),
    figures.memoryMb.toFixed(0),
    figures.p50.toFixed(2),
    figures.p99.toFixed(2),
  ];
  say(cells.map((cell) => String(cell).padStart(11)).join(''));
  return figures;
});

const [half, ten, twice] = rows as [Figures, Figures, Figures];
const growth = Math.max(ten.buildMs / half.buildMs, twice.buildMs / ten.buildMs);
const verdict = (met: boolean): string => (met ? 'met' : 'MISSED');
say(`\nat 10,000 pods: picture under ${TARGETS.buildMs} ms: ${verdict(ten.buildMs < TARGETS.buildMs)}`);
say(`a changed policy, p99 under ${TARGETS.p99Ms} ms: ${verdict(ten.p99 < TARGETS.p99Ms)}`);
say(`memory of the picture under ${TARGETS.memoryMb} MB: ${verdict(ten.memoryMb < TARGETS.memoryMb)}`);
say(
  `twice the pods at most ${TARGETS.growth} times, ${growth.toFixed(2)}: ${verdict(growth <= TARGETS.growth)}`,
);
