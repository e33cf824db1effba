import type { Cluster } from '../../model/cluster.ts';
import { serviceNamed } from '../../model/seldon-dependencies.ts';
import { serversIn } from './kafka-address.ts';
import { isPublicSuffix } from '../names/public-suffix.ts';

/** Whether a Kafka is there: an address outside the cluster is believed. */
export type KafkaPresence =
  | { readonly is: 'there' }
  /** `surely`: no namespace of that name is among all namespaces. */
  | { readonly is: 'absent'; readonly because: string; readonly surely: boolean }
  | { readonly is: 'unknown'; readonly because: string };

/** Whether a Kafka is at one of the servers, to pods of `namespace`. `atRest`: Services may be made by what is not read. */
export function kafkaAt(
  servers: string,
  namespace: string,
  cluster: Cluster,
  atRest: boolean,
): KafkaPresence {
  const answers = serversIn(servers).map((server) => presenceOf(hostOf(server), namespace, cluster, atRest));
  return (
    answers.find(({ is }) => is === 'there') ??
    answers.find(({ is }) => is === 'unknown') ??
    answers[0] ?? { is: 'there' }
  );
}

/** The host of `host:port` and `SASL_SSL://host:port`. */
function hostOf(server: string): string {
  return server
    .replace(/^\w+:\/\//, '')
    .replace(/:\d+$/, '')
    .toLowerCase();
}

/** Names without a Namespace behind them, by convention (RFC 2606, RFC 6762 appendix G). */
const PRIVATE_DOMAINS: ReadonlySet<string> = new Set(
  'local localhost localdomain internal intranet private corp home lan test example invalid'.split(' '),
);

function presenceOf(host: string, namespace: string, cluster: Cluster, atRest: boolean): KafkaPresence {
  const service = serviceNamed(host, namespace);
  if (service === undefined || host === 'localhost') return { is: 'there' };
  const home = service.namespace;
  if (cluster.get('Service', home, service.name) !== undefined) return { is: 'there' };
  const isNamespace = cluster.get('Namespace', '', home) !== undefined;
  const isShort = !host.includes('.svc');
  if (isShort && !isNamespace && home !== namespace && (PRIVATE_DOMAINS.has(home) || isPublicSuffix(home)))
    return { is: 'there' };
  if (!isNamespace && seesAllNamespaces(cluster) && cluster.list('Service', home).length === 0)
    return { is: 'absent', because: `there is no namespace ${home}`, surely: true };
  if (cluster.sees('Service') && !atRest)
    return {
      is: 'absent',
      because: `namespace ${home} has no Service ${service.name}`,
      surely: false,
    };
  return { is: 'unknown', because: `Service ${home}/${service.name} is not among the objects seen` };
}

/** Every cluster has a kube-system: where it is among the Namespaces, they are a cluster's and not one folder's. */
function seesAllNamespaces(cluster: Cluster): boolean {
  return cluster.get('Namespace', '', 'kube-system') !== undefined;
}
