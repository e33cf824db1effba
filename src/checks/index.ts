import type { Check } from '../policy/check.ts';
import { avoidsHostNetwork } from './avoids-host-network.ts';
import { cel } from './cel.ts';
import { configFound } from './config-found.ts';
import { hasKafka } from './has-kafka.ts';
import { listensWhereProbed } from './listens-where-probed.ts';
import { matchesClusterCidr } from './matches-cluster-cidr.ts';
import { mustReach } from './must-reach.ts';
import { nameIsPrivate } from './name-is-private.ts';
import { namesKnownFields } from './names-known-fields.ts';
import { operatorServices } from './operator-services.ts';
import { podComplete } from './pod-complete.ts';
import { overridesApply } from './overrides-apply.ts';
import { pinsAddress } from './pins-address.ts';
import { portsAgree } from './ports-agree.ts';
import { quotaAdmits } from './quota-admits.ts';
import { reachesApiServer } from './reaches-api-server.ts';
import { reachesDns } from './reaches-dns.ts';
import { registersWithScheduler } from './registers-with-scheduler.ts';
import { requirementsMet } from './requirements-met.ts';
import { resolvesClusterNames } from './resolves-cluster-names.ts';
import { routesReach } from './routes-reach.ts';
import { rulePorts } from './rule-ports.ts';
import { rulesAsWritten } from './rules-as-written.ts';
import { runsScheduler } from './runs-scheduler.ts';
import { scalesTarget } from './scales-target.ts';
import { selectorsMatch } from './selectors-match.ts';
import { serverHost } from './server-host.ts';
import { servesCluster } from './serves-cluster.ts';
import { standsOnce } from './stands-once.ts';
import { waiversHold } from './waivers-hold.ts';
import { watchesNamespace } from './watches-namespace.ts';

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
