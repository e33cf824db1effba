import type { Cluster } from '../../model/cluster.ts';
import type { Side } from '../../network/side.ts';
import { apiServerFault } from './api-server-egress.ts';
import { sidesNotOpen } from './closed-flow.ts';
import { dnsFault } from './dns-egress.ts';
import { homeOf } from './flow-ends.ts';
import type { End, FlowEnd } from './flow-ends.ts';
import { flowOutcome } from './flow-outcome.ts';
import type { IsolatedPods } from './isolated-pods.ts';
import type { NetworkRequirements } from './network-requirements.ts';
import type { FlowInstance } from './required-flow.ts';

/** Something required that is not open for certain, and the policies that it depends on. */
export interface ClosedAccess {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly policies: readonly string[];
}

/** What a picture leaves open and closed of what is required. */
export interface LeastProof {
  readonly open: { readonly count: number; readonly ids: readonly string[] };
  /** Closed by the policies in the namespaces of these pods. */
  readonly closed: readonly ClosedAccess[];
  /** Closed, or in doubt, by policies of other namespaces alone. */
  readonly elsewhere: readonly ClosedAccess[];
}

/** Asks the engine about every required flow of these pods, and for their ways to the cluster's DNS and the API server. */
export function leastProof(
  cluster: Cluster,
  { ends, namespaces }: IsolatedPods,
  instances: readonly FlowInstance[],
  { nodeLocalDNS, apiPorts, apiClients }: NetworkRequirements,
): LeastProof {
  const closed: ClosedAccess[] = [];
  const elsewhere: ClosedAccess[] = [];
  const open: string[] = [];
  for (const instance of instances) {
    const { flow, client, server } = instance;
    const outcome = flowOutcome(instance, cluster);
    const sides = sidesNotOpen(outcome);
    const own = sides.filter((side) => isBy(side, namespaces));
    const access = { id: flow.id, from: titleOf(client), to: titleOf(server) };
    if (outcome.allowed === 'yes') open.push(flow.id);
    else if (own.length > 0) closed.push({ ...access, policies: policiesOf(own) });
    else elsewhere.push({ ...access, policies: policiesOf(sides) });
  }
  const asks = (end: FlowEnd): boolean =>
    apiClients.some(({ from, withTls }) => from === end.component && (withTls !== true || end.tls === 'yes'));
  for (const end of ends) {
    const dns = dnsFault(end.pod, cluster, nodeLocalDNS);
    const api = asks(end) ? apiServerFault(end.pod, cluster, apiPorts) : undefined;
    for (const [id, to, fault] of [
      ['DNS', "the cluster's DNS", dns],
      ['API server', 'the API server', api],
    ] as const)
      if (fault !== undefined && fault.unknown !== true)
        closed.push({ id, from: titleOf(end), to, policies: [] });
  }
  return { open: { count: open.length, ids: [...new Set(open)] }, closed, elsewhere };
}

function isBy({ isolatedBy, maybeIsolatedBy }: Side, namespaces: readonly string[]): boolean {
  return [...isolatedBy, ...maybeIsolatedBy].some(({ namespace }) => namespaces.includes(namespace));
}

function policiesOf(sides: readonly Side[]): string[] {
  const names = sides.flatMap(({ isolatedBy, maybeIsolatedBy }) =>
    [...isolatedBy, ...maybeIsolatedBy].map(({ namespace, name }) => `${namespace}/${name}`),
  );
  return [...new Set(names)];
}

function titleOf(end: End): string {
  return homeOf(end) === '' ? end.title : `${end.title} (namespace ${homeOf(end)})`;
}
