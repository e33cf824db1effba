import type { JsonObject } from '../../src/model/json.ts';
import type { TestApiServer } from '../api-server.ts';

const text = { type: 'string' };
const flag = { type: 'boolean' };
const texts = { type: 'array', items: text };
const labels = { type: 'object', additionalProperties: text };
const object = (properties: JsonObject): JsonObject => ({ type: 'object', properties });
const list = (properties: JsonObject): JsonObject => ({ type: 'array', items: object(properties) });

const issuerRef = object({ name: text, kind: text, group: text });

/**
 * Of the kinds that others install, the fields that the chart may write, so that an API server refuses any other: of
 * cert-manager (https://cert-manager.io/docs/reference/api-docs/) and the Prometheus operator
 * (https://prometheus-operator.dev/docs/api-reference/api/).
 */
const KINDS: readonly (readonly [group: string, version: string, kind: string, spec: JsonObject])[] = [
  [
    'cert-manager.io',
    'v1',
    'Certificate',
    {
      secretName: text,
      commonName: text,
      dnsNames: texts,
      isCA: flag,
      duration: text,
      renewBefore: text,
      usages: texts,
      privateKey: object({
        algorithm: { ...text, enum: ['RSA', 'ECDSA', 'Ed25519'] },
        size: { type: 'integer' },
        rotationPolicy: { ...text, enum: ['Never', 'Always'] },
      }),
      issuerRef,
    },
  ],
  ['cert-manager.io', 'v1', 'Issuer', { selfSigned: object({}), ca: object({ secretName: text }) }],
  [
    'monitoring.coreos.com',
    'v1',
    'ServiceMonitor',
    { selector: object({ matchLabels: labels }), endpoints: list({ port: text, interval: text }) },
  ],
  [
    'monitoring.coreos.com',
    'v1',
    'PrometheusRule',
    {
      groups: list({
        name: text,
        rules: list({ alert: text, expr: text, for: text, labels, annotations: labels }),
      }),
    },
  ],
];

/** Installs them as CustomResourceDefinitions; they are served a moment later. */
export async function installForeignKinds(cluster: TestApiServer): Promise<void> {
  for (const [group, version, kind, spec] of KINDS) {
    const plural = `${kind.toLowerCase()}s`;
    await cluster.ask('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      metadata: { name: `${plural}.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { kind, plural },
        versions: [
          {
            name: version,
            served: true,
            storage: true,
            schema: { openAPIV3Schema: object({ spec: object(spec) }) },
          },
        ],
      },
    });
  }
}
