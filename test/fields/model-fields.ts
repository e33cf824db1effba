import * as client from '@kubernetes/client-node';
import type { FieldTrees } from './field-trees.ts';

/** The release whose models the client of package.json holds (its own header says so). */
export const KUBERNETES = '1.36';

interface Attribute {
  readonly baseName: string;
  readonly type: string;
}

/** The built-in kinds that the guard reads, in the versions that Kubernetes serves, and how the client calls them. */
const KINDS: Readonly<Record<string, string>> = {
  'v1/Namespace': 'V1Namespace',
  'v1/Node': 'V1Node',
  'v1/Pod': 'V1Pod',
  'v1/Service': 'V1Service',
  'v1/Endpoints': 'V1Endpoints',
  'v1/ConfigMap': 'V1ConfigMap',
  'v1/ResourceQuota': 'V1ResourceQuota',
  'v1/LimitRange': 'V1LimitRange',
  'discovery.k8s.io/v1/EndpointSlice': 'V1EndpointSlice',
  'autoscaling/v1/HorizontalPodAutoscaler': 'V1HorizontalPodAutoscaler',
  'autoscaling/v2/HorizontalPodAutoscaler': 'V2HorizontalPodAutoscaler',
  'networking.k8s.io/v1/Ingress': 'V1Ingress',
  'networking.k8s.io/v1/NetworkPolicy': 'V1NetworkPolicy',
  'apps/v1/Deployment': 'V1Deployment',
  'apps/v1/StatefulSet': 'V1StatefulSet',
  'apps/v1/DaemonSet': 'V1DaemonSet',
  'apps/v1/ReplicaSet': 'V1ReplicaSet',
  'batch/v1/Job': 'V1Job',
  'batch/v1/CronJob': 'V1CronJob',
};

/**
 * Fields that hold a Quantity, which the client calls a string: "Quantity: any number, or a string with a suffix"
 * (k8s.io/apimachinery, resource.Quantity UnmarshalJSON).
 */
const QUANTITIES: Readonly<Record<string, readonly string[]>> = {
  V1EmptyDirVolumeSource: ['sizeLimit'],
  V1LimitRangeItem: ['default', 'defaultRequest', 'max', 'maxLimitRequestRatio', 'min'],
  V1PodSpec: ['overhead'],
  V1ResourceFieldSelector: ['divisor'],
  V1ResourceQuotaSpec: ['hard'],
  V1ResourceRequirements: ['limits', 'requests'],
  V1VolumeResourceRequirements: ['limits', 'requests'],
  V2MetricTarget: ['averageValue', 'value'],
};

const PLAIN: Readonly<Record<string, string>> = {
  string: 'string',
  number: 'number',
  boolean: 'boolean',
  any: 'any',
  object: 'any',
  Date: 'string',
  V1MicroTime: 'string',
  IntOrString: 'scalar',
};

function attributesOf(name: string): readonly Attribute[] {
  const model: unknown = (client as Readonly<Record<string, unknown>>)[name];
  const read = (model as { getAttributeTypeMap?: () => readonly Attribute[] } | undefined)
    ?.getAttributeTypeMap;
  if (read === undefined) throw new Error(`the client has no model ${name}`);
  return read();
}

/** The fields of Kubernetes' own kinds, from the models of the client. A status is nobody's to write, and left open. */
export function modelFields(): FieldTrees {
  const types: Record<string, Record<string, string>> = {};
  const written = (type: string): string => {
    const list = /^Array<(.+)>$/.exec(type)?.[1];
    if (list !== undefined) return `[${written(list)}]`;
    const map = /^\{ \[key: string\]: (.+); \}$/.exec(type)?.[1];
    if (map !== undefined) return `{${written(map)}}`;
    const plain = PLAIN[type];
    if (plain !== undefined) return plain;
    if (types[type] !== undefined) return type;
    const fields: Record<string, string> = (types[type] = {});
    for (const { baseName, type: inner } of attributesOf(type)) {
      const quantity = QUANTITIES[type]?.includes(baseName) === true;
      fields[baseName] =
        baseName === 'status'
          ? 'any'
          : quantity
            ? written(inner).replace('string', 'scalar')
            : written(inner);
    }
    return type;
  };
  const kinds = Object.fromEntries(Object.entries(KINDS).map(([kind, type]) => [kind, written(type)]));
  const sorted = Object.fromEntries(Object.entries(types).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return { releases: [KUBERNETES], kinds, types: sorted };
}
