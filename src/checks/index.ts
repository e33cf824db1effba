import type { Check } from '../policy/check.ts';
import { avoidsHostNetwork } from './server-pods/avoids-host-network.ts';
import { cel } from './own/cel.ts';
import { configFound } from './placement/config-found.ts';
import { hasKafka } from './placement/has-kafka.ts';
import { listensWhereProbed } from './server-pods/listens-where-probed.ts';
import { matchesClusterCidr } from './around/matches-cluster-cidr.ts';
import { mustReach } from './reach/must-reach.ts';
import { nameIsPrivate } from './names/name-is-private.ts';
import { namesKnownFields } from './placement/names-known-fields.ts';
import { operatorServices } from './placement/operator-services.ts';
import { podComplete } from './server-pods/pod-complete.ts';
import { overridesApply } from './placement/overrides-apply.ts';
import { pinsAddress } from './around/pins-address.ts';
import { portsAgree } from './server-pods/ports-agree.ts';
import { quotaAdmits } from './around/quota-admits.ts';
import { reachesApiServer } from './reach/reaches-api-server.ts';
import { reachesDns } from './reach/reaches-dns.ts';
import { registersWithScheduler } from './server-pods/registers-with-scheduler.ts';
import { requirementsMet } from './server-pods/requirements-met.ts';
import { resolvesClusterNames } from './names/resolves-cluster-names.ts';
import { routesReach } from './around/routes-reach.ts';
import { rulePorts } from './reach/rule-ports.ts';
import { rulesAsWritten } from './reach/rules-as-written.ts';
import { runsScheduler } from './placement/runs-scheduler.ts';
import { scalesTarget } from './around/scales-target.ts';
import { selectorsMatch } from './reach/selectors-match.ts';
import { serverHost } from './server-pods/server-host.ts';
import { servesCluster } from './names/serves-cluster.ts';
import { standsOnce } from './placement/stands-once.ts';
import { waiversHold } from './waivers-hold.ts';
import { watchesNamespace } from './placement/watches-namespace.ts';

/** Every check there is. The catalogue hands each the parameters that its own schema has accepted. */
export const CHECKS = [
  avoidsHostNetwork,
  cel,
  configFound,
  hasKafka,
  listensWhereProbed,
  matchesClusterCidr,
  mustReach,
  nameIsPrivate,
  namesKnownFields,
  operatorServices,
  podComplete,
  overridesApply,
  pinsAddress,
  portsAgree,
  quotaAdmits,
  reachesApiServer,
  reachesDns,
  registersWithScheduler,
  requirementsMet,
  resolvesClusterNames,
  routesReach,
  rulePorts,
  rulesAsWritten,
  runsScheduler,
  scalesTarget,
  selectorsMatch,
  serverHost,
  servesCluster,
  standsOnce,
  waiversHold,
  watchesNamespace,
] as readonly Check<never>[] as readonly Check[];
