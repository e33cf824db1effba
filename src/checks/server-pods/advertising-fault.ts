import {
  capabilitiesOf,
  DEFAULT_CAPABILITIES,
  ownCapabilities,
  takesCapabilities,
} from '../../model/capabilities.ts';
import type { Cluster } from '../../model/cluster.ts';
import { podsOver } from '../../model/config-users.ts';
import { objectAt, stringAt } from '../../model/json.ts';
import { nameOf } from '../../model/manifest.ts';
import type { Manifest } from '../../model/manifest.ts';
import { modelServersIn } from '../../model/model-servers.ts';
import { agentsOf, isServerPod } from '../../model/server-pod.ts';
import { CAPABILITIES, podTemplatesOf } from '../../model/workload.ts';
import type { PodTemplate } from '../../model/workload.ts';
import type { Finding } from '../../policy/check.ts';
import { settingEnv } from './container-patch.ts';
import { lackingOf, plainName, requirementsOf } from './model-requirement.ts';

/** One Model that asks for too much may itself be wrong; where all of several agree, it is the Server. */
const SEVERAL = 2;

/** What is wrong with the capabilities that a Server, a ServerConfig or a workload of Server pods advertises. */
export function* advertisingFaults(manifest: Manifest, cluster: Cluster): Iterable<Finding> {
  for (const template of podTemplatesOf(manifest, cluster)) {
    if (!isServerPod(template)) continue;
    if (manifest.known === 'ServerConfig') yield* unset(manifest, template, cluster);
    else {
      if (manifest.known === 'Server') yield* notTaken(manifest, template);
      yield* requiredByAll(manifest, cluster);
    }
  }
}

/** Without the variable the agent advertises its default, and what a Server asks for is lost. */
function* unset(config: Manifest, template: PodTemplate, cluster: Cluster): Iterable<Finding> {
  const isUnset = (pods: PodTemplate): boolean => {
    const found = capabilitiesOf(pods, config.object);
    return found.known && found.from === 'default';
  };
  const [agent] = agentsOf(template.spec);
  if (agent === undefined || !isUnset(template)) return;
  const pods = podsOver(config, cluster);
  if (pods.length > 0 && !pods.some(isUnset)) return;
  yield {
    problem: 'unset',
    field: [...template.path, agent.list, agent.index],
    data: { config: nameOf(config), container: agent.name },
  };
}

/** The operator rewrites the variable where a container has it, and adds it nowhere. */
function* notTaken(server: Manifest, template: PodTemplate): Iterable<Finding> {
  const own = ownCapabilities(server.object);
  if (own === undefined || template.missing !== undefined) return;
  const found = capabilitiesOf(template, server.object);
  const because = (spec: PodTemplate['spec']): string | undefined => {
    if (!takesCapabilities(spec)) return 'no container has the variable SELDON_SERVER_CAPABILITIES';
    return found.known && found.from === 'flag' ? 'the flag --capabilities comes before it' : undefined;
  };
  const why = because(template.spec);
  if (why === undefined) return;
  const { base } = template;
  const below = base === undefined ? undefined : because(objectAt(base.manifest.object, ...base.path));
  yield {
    problem: 'not-taken',
    field: ['spec', own.field],
    data: { server: nameOf(server), field: own.field, because: why },
    ...(below === why ? { standing: true } : {}),
    ...givingVariable(server, template, own),
  };
}

/** An override that gives the agent the variable, for the operator to rewrite. */
function givingVariable(
  server: Manifest,
  template: PodTemplate,
  { field, names }: NonNullable<ReturnType<typeof ownCapabilities>>,
): Pick<Finding, 'fix'> {
  const [agent] = agentsOf(template.spec);
  if (agent === undefined || takesCapabilities(template.spec)) return {};
  const value = (field === 'capabilities' ? names : DEFAULT_CAPABILITIES).join(',');
  const fix = settingEnv(server.object, template, agent, { name: CAPABILITIES, value });
  return fix === undefined ? {} : { fix };
}

function* requiredByAll(manifest: Manifest, cluster: Cluster): Iterable<Finding> {
  const { namespace, name } = manifest;
  // A Server that leaves it to its ServerConfig does not say anything wrong; then it is the Models that are told.
  if (manifest.known === 'Server' && ownCapabilities(manifest.object) === undefined) return;
  const server = modelServersIn(cluster, namespace).find(({ source }) => source === manifest);
  if (server === undefined || server.off || !server.capabilities.known) return;
  const { names } = server.capabilities;
  const models = cluster
    .list('Model', namespace)
    .filter((model) => stringAt(model.object, 'spec', 'server') === name);
  if (models.length < SEVERAL) return;
  const lacking = models.map((model) =>
    lackingOf(requirementsOf(model.object), names)
      .map((requirement) => requirement.name)
      .filter((requirement) => plainName(requirement) === undefined),
  );
  const common = (lacking[0] ?? []).filter((each) => lacking.every((other) => other.includes(each)));
  if (common.length === 0) return;
  yield {
    problem: 'required-by-all',
    field:
      manifest.known === 'Server'
        ? ['spec', ownCapabilities(manifest.object)?.field ?? 'extraCapabilities']
        : ['spec', 'template', 'spec'],
    data: {
      server: nameOf(manifest),
      lacking: [...new Set(common)].join(', '),
      models: models.length,
      advertised: names.join(', '),
    },
    key: ['required-by-all', ...common].join('\n'),
  };
}
