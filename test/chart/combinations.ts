import type { JsonObject } from '../../src/model/json.ts';
import type { Values } from './helm.ts';

/** Each of these is read by templates that read none of the others: switched together they make the same objects. */
const apart = (enabled: boolean): JsonObject => ({
  alerts: { enabled },
  dashboard: { enabled },
  podDisruptionBudget: { enabled },
  ...(enabled ? {} : { settingsConfigMap: 'ours' }),
});
const alsoApart = (enabled: boolean): JsonObject => ({
  clusterDNS: { guarded: enabled },
  networkPolicy: { enabled },
});

/** A policy of the user's own, about kinds of all scopes. */
export const OWN_POLICY: JsonObject = {
  title: 'Deployments are small',
  check: 'cel',
  appliesTo: { Deployment: ['CREATE', 'UPDATE'], Namespace: ['CREATE'], Node: ['UPDATE'], Pod: ['CREATE'] },
  severity: 'low',
  effect: 'warn',
  params: { validations: [{ expression: "object.kind != 'Deployment' || object.spec.replicas < 100" }] },
  problems: {
    violated: {
      message: '{kind} {name} is too big.',
      brief: '{kind} {name} is too big',
      remedy: 'Ask for fewer replicas.',
    },
  },
  why: 'Because.',
  symptom: 'It costs.',
  references: ['https://example.org/costs'],
};

/** Every value that switches something, with all that it can be. */
const switches = (caBundle: string): readonly (readonly JsonObject[])[] => [
  [
    { certificates: { source: 'self' } },
    { certificates: { source: 'certManager' } },
    {
      certificates: {
        source: 'certManager',
        certManager: { issuer: { name: 'ours', kind: 'ClusterIssuer' } },
      },
    },
    { certificates: { source: 'files', files: { secret: 'ours', caBundle } } },
  ],
  [
    { validation: { enabled: false } },
    { validation: { failurePolicy: 'Ignore' } },
    { validation: { failurePolicy: 'Fail' } },
  ],
  [{ mutation: { enabled: false } }, { mutation: {} }, { mutation: { everyKind: true } }],
  [{ serviceMonitor: { enabled: false } }, { serviceMonitor: { enabled: true } }],
  [apart(false), apart(true)],
  [alsoApart(false), alsoApart(true)],
  [{}, { policies: { 'small-replicas': OWN_POLICY } }],
];

/** The product of all switches; caBundle: an authority in PEM. */
export function combinations(caBundle: string): Values[] {
  return switches(caBundle).reduce<Values[]>(
    (before, choices) => before.flatMap((values) => choices.map((choice) => ({ ...values, ...choice }))),
    [{}],
  );
}

/** What switches nothing and only adds to what is there, all at once. */
export const EVERYTHING_ADDED: Values = {
  fullnameOverride: 'guard',
  image: { digest: `sha256:${'0'.repeat(64)}` },
  imagePullSecrets: [{ name: 'pull' }],
  priorityClassName: 'system-cluster-critical',
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  tolerations: [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', effect: 'NoSchedule' }],
  affinity: { nodeAffinity: {} },
  podLabels: { team: 'risk' },
  podAnnotations: { 'example.org/note': 'yes' },
  serviceAccount: { annotations: { 'example.org/role': 'reader' } },
  namespaces: {
    excluded: ['build'],
    selector: {
      matchLabels: { guarded: 'yes' },
      matchExpressions: [{ key: 'team', operator: 'In', values: ['risk'] }],
    },
  },
  objectSelector: { matchExpressions: [{ key: 'example.org/unguarded', operator: 'DoesNotExist' }] },
  matchConditions: [{ name: 'is-not-argo', expression: "request.userInfo.username != 'argo'" }],
  settings: { onError: 'deny' },
  networkPolicy: { metricsFrom: [{ podSelector: {} }] },
  serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
  alerts: { enabled: true, labels: { release: 'prometheus' } },
  dashboard: { enabled: true },
};
