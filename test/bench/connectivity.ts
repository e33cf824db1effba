import { Picture } from '../../src/model/cluster.ts';
import { manifestOf } from '../../src/model/manifest.ts';
import { connectionsIn } from '../../src/network/listing.ts';
import { connectivityJson } from '../../src/reports/connectivity-json.ts';
import { median } from './load.ts';

/**
 * All connections of clusters that double, listed and written as JSON: ten workloads to a namespace, every workload with
 * labels of its own. `walled`: each namespace open to itself, to a twentieth of the others and to some addresses.
 * `each`: a policy of its own for every workload, of which every pair of ports is another. `open`: no policies, so that
 * everybody reaches everybody. The first lists few of the pairs, the others all.
 */
const SIZES = [250, 500, 1000, 2000];
const KINDS = ['walled', 'each', 'open'] as const;
const ROUNDS = 3;
const TARGET_MS = 5000;

type Cluster = (typeof KINDS)[number];

function policySpec(cluster: Cluster, i: number): object {
  const team = { namespaceSelector: { matchLabels: { team: `t${i % 20}` } } };
  const own = { from: [{ podSelector: {} }, team], ports: [{ port: 'http' }, { port: 9000, endPort: 9100 }] };
  const everybody = { from: [{ namespaceSelector: {} }], ports: [{ port: 1000 + i }] };
  return {
    podSelector:
      cluster === 'each' ? { matchLabels: { app: `w${i}` } } : { matchLabels: { tier: `x${i % 5}` } },
    policyTypes: ['Ingress', 'Egress'],
    ingress: cluster === 'each' ? [own, everybody] : [own],
    egress: [
      { to: [{ namespaceSelector: {} }] },
      { to: [{ ipBlock: { cidr: `10.${i % 200}.0.0/16` } }], ports: [{ port: 443 }] },
    ],
  };
}

function pictureOf(cluster: Cluster, workloads: number): Picture {
  const namespaces = workloads / 10;
  const objects: object[] = [];
  for (let i = 0; i < namespaces; i++)
    objects.push({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: `ns${i}`, labels: { team: `t${i % 20}` } },
    });
  for (let i = 0; i < workloads; i++) {
    const ports = [{ name: 'http', containerPort: 8000 + (i % 7) }];
    const template = {
      metadata: { labels: { app: `w${i}`, tier: `x${i % 5}` } },
      spec: { containers: [{ ports }] },
    };
    const metadata = { name: `w${i}`, namespace: `ns${i % namespaces}` };
    objects.push({ apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { template } });
  }
  const policies = { walled: namespaces * 5, each: workloads, open: 0 }[cluster];
  for (let i = 0; i < policies; i++) {
    const metadata = { name: `p${i}`, namespace: `ns${i % namespaces}` };
    const spec = policySpec(cluster, i);
    objects.push({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata, spec });
  }
  return Picture.of(objects.map((object) => manifestOf(object, { from: 'cluster' })));
}

/**
 * Lists a picture that nobody has listed before; what is written goes nowhere. The processor's time says the same as the
 * clock's, and goes on saying it on a machine that is busy with something else.
 */
function round(cluster: Cluster, workloads: number): { ms: number; rows: number; bytes: number } {
  const picture = pictureOf(cluster, workloads);
  const start = process.cpuUsage();
  let [rows, bytes] = [0, 0];
  for (const piece of connectivityJson(connectionsIn(picture))) {
    rows++;
    bytes += piece.length;
  }
  const { user, system } = process.cpuUsage(start);
  // The pieces are the rows and the end, which is two.
  return { ms: (user + system) / 1000, rows: rows - 2, bytes };
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const cells = (...texts: string[]): string => texts.map((text) => text.padStart(13)).join('');
for (const cluster of KINDS) {
  say(`\n${cluster}`);
  say(cells('workloads', 'processor ms', 'of the last', 'connections', 'MB of JSON'));
  let last: number | undefined;
  for (const size of SIZES) {
    const rounds = Array.from({ length: ROUNDS }, () => round(cluster, size));
    const ms = median(rounds.map((one) => one.ms));
    const [{ rows, bytes } = { rows: 0, bytes: 0 }] = rounds;
    const growth = last === undefined ? '' : `x ${(ms / last).toFixed(1)}`;
    say(cells(String(size), ms.toFixed(0), growth, String(rows), (bytes / 1e6).toFixed(0)));
    last = ms;
  }
  const met = (last ?? Number.POSITIVE_INFINITY) < TARGET_MS ? 'met' : 'MISSED';
  say(`all connections of ${SIZES.at(-1)} workloads under ${TARGET_MS / 1000} s: ${met}`);
}
