import type { Manifest } from '../../src/model/manifest.ts';
import { corpusText } from '../model/corpus.ts';
import { manifest } from '../policy/made.ts';

/** Containers of a Server pod: what each is given beside its name. */
export interface Containers {
  readonly agent?: object;
  readonly mlserver?: object;
  readonly triton?: object;
  readonly [other: string]: object | undefined;
}

/** Environment entries. */
export const env = (values: Readonly<Record<string, string | object>>): object[] =>
  Object.entries(values).map(([name, value]) =>
    typeof value === 'string' ? { name, value } : { name, valueFrom: value },
  );

const listOf = (containers: Containers): object[] =>
  Object.entries(containers).map(([name, fields]) => ({ name, ...fields }));

/** The agent as upstream's ServerConfigs tell it its ports. */
export const AGENT = {
  SELDON_SERVER_HTTP_PORT: '9000',
  SELDON_SERVER_GRPC_PORT: '9500',
  SELDON_REVERSE_PROXY_HTTP_PORT: '9001',
  SELDON_REVERSE_PROXY_GRPC_PORT: '9501',
  SELDON_SCHEDULER_HOST: 'seldon-scheduler',
  SELDON_SCHEDULER_PORT: '9005',
  SELDON_READINESS_PORT: '9008',
};
/** MLServer as upstream's ServerConfig tells it. */
export const MLSERVER = { MLSERVER_HTTP_PORT: '9000', MLSERVER_GRPC_PORT: '9500' };
/** A probe as upstream's. */
export const PROBE = { httpGet: { path: '/v2/health/live', port: 'server-http' } };
/** Its ports. */
export const PORTS = [
  { name: 'server-grpc', containerPort: 9500 },
  { name: 'server-http', containerPort: 9000 },
];

/** A ServerConfig in the operator's namespace. */
export const config = (containers: Containers, rest: object = {}): object => ({
  apiVersion: 'mlops.seldon.io/v1alpha1',
  kind: 'ServerConfig',
  metadata: { name: 'mlserver', namespace: 'seldon-system' },
  spec: { podSpec: { containers: listOf(containers), ...rest } },
});

/** A Server over it. */
export const server = (
  containers: Containers = {},
  rest: object = {},
  namespace = 'financial-ml',
): Manifest =>
  manifest({
    apiVersion: 'mlops.seldon.io/v1alpha1',
    kind: 'Server',
    metadata: { name: 'mlserver', namespace },
    spec: { serverConfig: 'mlserver', podSpec: { containers: listOf(containers), ...rest } },
  });

/** A StatefulSet of somebody's own, or a Deployment. */
export const workload = (containers: Containers, rest: object = {}, kind = 'StatefulSet'): Manifest =>
  manifest({
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'mlserver', namespace: 'financial-ml' },
    spec: {
      template: {
        metadata: { labels: { 'seldon-server-name': 'mlserver' } },
        spec: { containers: listOf(containers), ...rest },
      },
    },
  });

/** A workload that has nothing to do with Seldon. */
export const stranger = (container: object, rest: object = {}): Manifest =>
  manifest({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'financial-ml' },
    spec: {
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'agent', ...container }], ...rest },
      },
    },
  });

/** The Servers among the merge cases that upstream's own code was run on, each with its ServerConfig. */
export function mergeCases(): {
  readonly name: string;
  readonly server: Manifest;
  readonly config: object;
}[] {
  const cases = JSON.parse(corpusText('merge-golden.json')) as {
    name: string;
    base: unknown;
    override: unknown;
  }[];
  return cases
    .filter(({ name }) => !name.startsWith('runtime/'))
    .map(({ name, base, override }) => ({
      name,
      server: manifest({
        apiVersion: 'mlops.seldon.io/v1alpha1',
        kind: 'Server',
        metadata: { name: 'mlserver', namespace: 'financial-ml' },
        spec: { serverConfig: 'mlserver', podSpec: override },
      }),
      config: {
        apiVersion: 'mlops.seldon.io/v1alpha1',
        kind: 'ServerConfig',
        metadata: { name: 'mlserver', namespace: 'seldon-system' },
        spec: { podSpec: base },
      },
    }));
}
