import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parseAllDocuments } from 'yaml';
import { inspect } from '../src/judge/inspect.ts';
import { judge } from '../src/judge/judge.ts';
import type { Decision } from '../src/judge/decision.ts';
import { Picture } from '../src/model/cluster.ts';
import { manifestOf } from '../src/model/manifest.ts';
import type { Manifest } from '../src/model/manifest.ts';
import { reviewChange } from '../src/model/review.ts';
import { DEFAULT_SETTINGS } from '../src/policy/settings.ts';
import { readManifests } from '../src/sources/files.ts';
import { readCatalogue } from '../src/sources/policies.ts';

// What was taken for a fault by somebody, somewhere, and is none: no policy may call it an error, in a scan or on its way in.

const bench = { catalogue: readCatalogue(), settings: DEFAULT_SETTINGS, now: Date.now() };

const AGENT = (env: string) => `
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: mlserver, namespace: financial-ml }
spec:
  serviceName: mlserver
  selector: { matchLabels: { seldon-server-name: mlserver } }
  template:
    metadata: { labels: { seldon-server-name: mlserver, app.kubernetes.io/name: seldon-server } }
    spec:
      volumes: [{ name: models, emptyDir: {} }]
      containers:
      - name: rclone
        image: docker.io/seldonio/seldon-rclone:2.9.1
        ports: [{ name: rclone, containerPort: 5572 }]
        volumeMounts: [{ name: models, mountPath: /mnt/agent }]
      - name: agent
        image: docker.io/seldonio/seldon-agent:2.9.1
        env:
        - { name: SELDON_SERVER_CAPABILITIES, value: mlserver }
        - { name: SELDON_SCHEDULER_HOST, value: seldon-scheduler }
        - { name: SELDON_SCHEDULER_PORT, value: "9005" }
        ${env}
        volumeMounts: [{ name: models, mountPath: /mnt/agent }]
      - name: mlserver
        image: docker.io/seldonio/mlserver:1.7.1
        env:
        - { name: MLSERVER_HTTP_PORT, value: "9000" }
        - { name: MLSERVER_GRPC_PORT, value: "9500" }
        volumeMounts: [{ name: models, mountPath: /mnt/agent }]
`;
const PORTS = `- { name: SELDON_SERVER_HTTP_PORT, value: "9000" }
        - { name: SELDON_SERVER_GRPC_PORT, value: "9500" }`;
const HOST = (value: string) => `- { name: SELDON_SERVER_HOST, value: "${value}" }
        ${PORTS}`;

const MANAGER = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: seldon-v2-controller-manager, namespace: seldon-system }
spec:
  selector: { matchLabels: { control-plane: v2-controller-manager } }
  template:
    metadata: { labels: { control-plane: v2-controller-manager } }
    spec:
      containers:
      - name: manager
        image: docker.io/seldonio/seldonv2-controller:2.9.1
        env: [{ name: CLUSTERWIDE, value: "true" }]
`;
const RUNTIME = (namespace: string, more = '') => `
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: { name: seldon, namespace: ${namespace} }
spec:
  seldonConfig: default
  ${more}
`;
const NARROW = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: narrow, namespace: financial-ml }
spec:
  podSelector: { matchLabels: { app.kubernetes.io/name: seldon-scheduler } }
  policyTypes: [Ingress]
  ingress:
  - from: [{ podSelector: { matchLabels: { app: dashboard } } }]
    ports: [{ port: 9004 }]
`;
const REST = NARROW.replace('name: narrow', 'name: rest').replace(/ingress:[\s\S]*$/, 'ingress:\n  - {}\n');

const CASES: Readonly<Record<string, readonly string[]>> = {
  'SELDON_SERVER_HOST 127.0.0.1': [AGENT(HOST('127.0.0.1'))],
  'SELDON_SERVER_HOST localhost': [AGENT(HOST('localhost'))],
  'a controller without dnsConfig': [MANAGER],
  'a ClusterIP on port 80': [
    `
apiVersion: v1
kind: Service
metadata: { name: web, namespace: financial-ml }
spec:
  selector: { app: web }
  ports: [{ name: http, port: 80, targetPort: 8080 }]
`,
  ],
  'a namespace that only resembles a domain': [
    'apiVersion: v1\nkind: Namespace\nmetadata: { name: financial-ml }\n',
    'apiVersion: v1\nkind: Namespace\nmetadata: { name: my-app-dev }\n',
  ],
  'CoreDNS that forwards to a public resolver': [
    `
apiVersion: v1
kind: ConfigMap
metadata: { name: coredns, namespace: kube-system }
data:
  Corefile: |
    .:53 {
        errors
        health
        kubernetes cluster.local in-addr.arpa ip6.arpa {
          pods insecure
        }
        forward . 8.8.8.8 1.1.1.1
        cache 30
    }
`,
  ],
  'a scheduler per namespace under a controller of the whole cluster': [
    MANAGER,
    RUNTIME('team-a'),
    RUNTIME('team-b'),
  ],
  'a policy that allows everything': [
    MANAGER,
    RUNTIME('financial-ml'),
    `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: allow-all, namespace: financial-ml }
spec: { podSelector: {}, policyTypes: [Ingress, Egress], ingress: [{}], egress: [{}] }
`,
  ],
  'mlserver among the overrides': [RUNTIME('financial-ml', 'overrides: [{ name: mlserver, replicas: 2 }]')],
  'one narrow policy where another one allows the rest': [MANAGER, RUNTIME('financial-ml'), REST, NARROW],
  'explicit nulls': [
    `
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: { name: mlserver, namespace: financial-ml, labels: null }
spec: { serverConfig: mlserver, podSpec: null, capabilities: null, replicas: null }
`,
    `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: nothing, namespace: financial-ml }
spec: { podSelector: { matchLabels: null }, ingress: null, egress: null, policyTypes: null }
`,
  ],
  'a Service of type LoadBalancer': [
    `
apiVersion: v1
kind: Service
metadata: { name: web, namespace: financial-ml }
spec: { type: LoadBalancer, selector: { app: web }, ports: [{ port: 80 }] }
`,
  ],
  'both sides of a port pair moved together': [
    AGENT(PORTS.replace('"9000"', '"8500"').replace('"9500"', '"8600"'))
      .replace('MLSERVER_HTTP_PORT, value: "9000"', 'MLSERVER_HTTP_PORT, value: "8500"')
      .replace('MLSERVER_GRPC_PORT, value: "9500"', 'MLSERVER_GRPC_PORT, value: "8600"'),
  ],
};

function manifests(documents: readonly string[]): Manifest[] {
  return documents
    .flatMap((text) => [...parseAllDocuments(text)])
    .map((document) => manifestOf(document.toJS(), { from: 'request' }));
}

function errorsIn(decisions: readonly Decision[], effects: readonly string[]): string[] {
  return decisions.flatMap(({ judgements }) =>
    judgements
      .filter(({ effect }) => effects.includes(effect))
      .map(({ policy, message }) => `${policy}: ${message}`),
  );
}

for (const [what, documents] of Object.entries(CASES))
  void t.test(what, (t) => {
    const objects = manifests(documents);
    t.ok(objects.every(({ known }) => known !== undefined));
    const resting = inspect(objects, Picture.of(objects), bench);
    t.strictSame(errorsIn(resting, ['deny', 'fix']), [], 'in a scan');
    const arriving = objects.map((object, i) => {
      const before = Picture.of(objects.slice(0, i));
      return judge(reviewChange(before, { operation: 'CREATE', object }), bench);
    });
    // The one patch that is no cure of a fault is the safeguard on the controller.
    t.strictSame(
      errorsIn(arriving, ['deny', 'fix']).filter((line) => !/safeguard/.test(line)),
      [],
      'on its way in',
    );
    t.end();
  });

const UPSTREAM = join(import.meta.dirname, '..', '..', 'shared', 'corpus', 'upstream-good');
const skip = existsSync(UPSTREAM) ? false : 'no corpus beside the project';
void t.test("Seldon's own manifests", { skip }, async (t) => {
  const { manifests } = await readManifests([UPSTREAM]);
  t.strictSame(errorsIn(inspect(manifests, Picture.of(manifests), bench), ['deny', 'fix']), []);
});
