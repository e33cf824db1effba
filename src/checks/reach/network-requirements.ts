import type { Kind } from '../../model/kinds.ts';
import type { ComponentId } from '../../model/seldon-components.ts';
import type { Catalogue } from '../../policy/catalogue.ts';
import type { RequiredFlow } from './flow-spec.ts';
import { mustReach } from './must-reach.ts';
import { reachesApiServer } from './reaches-api-server.ts';
import { reachesDns } from './reaches-dns.ts';
import { wantedFlows } from './required-flow.ts';
import type { MustReachParams, WantedFlows } from './required-flow.ts';

/** What Seldon's pods need of the network, as the policies of a catalogue state it; the user's own flows among it. */
export interface NetworkRequirements extends WantedFlows {
  readonly apiClients: readonly ApiClient[];
  /** Where API servers listen; the two most usual ones first. */
  readonly apiPorts: readonly number[];
  /** Where a cache of the cluster's DNS listens on every node. */
  readonly nodeLocalDNS: readonly string[];
}

/** Pods that ask the API server for something. */
interface ApiClient {
  readonly from: ComponentId;
  /** Set where only an installation with mTLS needs it. */
  readonly withTls?: true;
  readonly breaks: string;
}

/** The kinds that have to be seen for all of it. */
export const REQUIREMENT_KINDS: readonly Kind[] = [
  ...new Set([mustReach, reachesApiServer, reachesDns].flatMap(({ needs }) => needs)),
];

/** What every policy of the reach family requires, whatever its effect is. */
export function networkRequirements({ policies }: Catalogue): NetworkRequirements {
  const paramsOf = <T>(check: string): T[] =>
    policies.filter((policy) => policy.check.name === check).map(({ params }) => params as unknown as T);
  const wanted = paramsOf<MustReachParams>(mustReach.name).map(wantedFlows);
  const api = paramsOf<{ clients: ApiClient[]; ports: number[] }>(reachesApiServer.name);
  const dns = paramsOf<{ nodeLocalDNS: string[] }>(reachesDns.name);
  const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)];
  return {
    flows: wanted.flatMap(({ flows }): readonly RequiredFlow[] => flows),
    operatorNamespaces: distinct(wanted.flatMap(({ operatorNamespaces }) => operatorNamespaces)),
    apiClients: api.flatMap(({ clients }) => clients),
    apiPorts: distinct(api.flatMap(({ ports }) => ports)),
    nodeLocalDNS: distinct(dns.flatMap(({ nodeLocalDNS }) => nodeLocalDNS)),
  };
}
