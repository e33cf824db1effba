import type { Cluster } from '../../model/cluster.ts';
import type { Access } from '../../network/least-policy.ts';
import { flowAccess } from './flow-access.ts';
import type { NamedPeer } from './flow-access.ts';
import { subjectOf } from './flows-of-pods.ts';
import type { IsolatedPods } from './isolated-pods.ts';
import type { NetworkRequirements } from './network-requirements.ts';
import { apiAccess, dnsAccess, metricsAccess } from './outside-access.ts';
import type { FlowInstance } from './required-flow.ts';

/** What manifests cannot tell. */
export interface AccessChoices {
  /** Who dials seldon-mesh from outside; anybody where nobody is named. */
  readonly clients: readonly NamedPeer[];
  /** Who scrapes metrics; nobody where nobody is named. */
  readonly scrapers: readonly NamedPeer[];
}

/**
 * What these pods need to be able to do and to have done to them: the required flows, the cluster's DNS, the API server,
 * and what the choices add. `closed` is the picture in which nothing is admitted where they are: what is asked of it tells
 * the ports, and the addresses, that would have to be opened.
 */
export function requiredAccess(
  closed: Cluster,
  pods: IsolatedPods,
  instances: readonly FlowInstance[],
  requirements: NetworkRequirements,
  choices: AccessChoices,
): Access[] {
  const { subjects, ends } = pods;
  const own = ends.flatMap((end) => {
    const subject = subjectOf(end, subjects);
    return subject === undefined ? [] : [{ end, subject }];
  });
  return [
    ...instances.flatMap((instance) => flowAccess(closed, subjects, instance, choices.clients)),
    ...own.flatMap(({ end, subject }) => [
      ...dnsAccess(closed, subject, end, requirements),
      ...apiAccess(closed, subject, end, requirements),
      ...metricsAccess(subject, end, choices.scrapers),
    ]),
  ];
}
