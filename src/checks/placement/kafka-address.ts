import type { Cluster } from '../../model/cluster.ts';
import { envOf } from '../../model/container-env.ts';
import { listAt, objectAt, stringAt } from '../../model/json.ts';
import type { JsonObject } from '../../model/json.ts';
import { nameOf } from '../../model/manifest.ts';
import type { Manifest } from '../../model/manifest.ts';
import { runtimeBase } from '../../model/runtime-components.ts';
import { podTemplatesOf } from '../../model/workload.ts';

/** Where a component of a SeldonRuntime looks for Kafka. */
export interface KafkaAddress {
  /** As it is written; empty where nobody writes it. */
  readonly servers: string;
  /** The setting that says so. */
  readonly source: string;
  /** What may say more and is not to be seen. */
  readonly missing: string | undefined;
  /** Whether the place for it is there, filled or not: a SeldonConfig without kafkaConfig may be a fragment. */
  readonly isAsked: boolean;
}

const DATAFLOW = 'seldon-dataflow-engine';
const VARIABLE = 'SELDON_KAFKA_BOOTSTRAP_SERVERS';
const SETTING = 'bootstrap.servers';

/**
 * The address that a component takes: the dataflow engine's is in its environment (k8s/yaml/components.yaml:1019), that of
 * the gateways in the ConfigMap made of `kafkaConfig`, in which the SeldonRuntime's word counts before the SeldonConfig's
 * (AddDefaults, operator/apis/mlops/v1alpha1/seldonconfig_types.go:171-190).
 */
export function kafkaAddressOf(component: string, runtime: Manifest, cluster: Cluster): KafkaAddress {
  const template = podTemplatesOf(runtime, cluster).find(({ name }) => name === component);
  if (component === DATAFLOW) {
    for (const container of listAt(template?.spec, 'containers')) {
      const found = envOf(container, VARIABLE);
      if (!found.known)
        return { servers: '', source: VARIABLE, missing: `the value of ${VARIABLE}`, isAsked: true };
      if (found.value) return { servers: found.value, source: VARIABLE, missing: undefined, isAsked: true };
    }
  }
  const { config, missing } = runtimeBase(runtime, cluster);
  const settings = (manifest: Manifest | undefined): JsonObject =>
    objectAt(manifest?.object, 'spec', 'config', 'kafkaConfig');
  const own = stringAt(settings(runtime), SETTING) ?? '';
  const source = `kafkaConfig.${SETTING}`;
  if (own !== '') return { servers: own, source, missing: undefined, isAsked: true };
  return {
    servers: stringAt(settings(config), SETTING) ?? '',
    source: config === undefined ? source : `${source} of ${nameOf(config)}`,
    missing,
    isAsked: Object.keys(settings(config)).length > 0,
  };
}

/** Whether two addresses are the same servers, in whatever order. */
export function sameServers(a: string, b: string): boolean {
  return serversIn(a).toSorted().join() === serversIn(b).toSorted().join();
}

/** The servers of an address, one by one. */
export function serversIn(servers: string): string[] {
  return servers
    .split(',')
    .map((server) => server.trim())
    .filter((server) => server !== '');
}

/** The setting and its value in words. */
export function writtenAs({ servers, source }: KafkaAddress): string {
  return servers === '' ? `${source} is empty` : `${source} is ${servers}`;
}
