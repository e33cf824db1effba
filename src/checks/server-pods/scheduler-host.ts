import type { Cluster } from '../../model/cluster.ts';
import { environmentOf, mayComeFromOutside, sourceName, written } from '../../model/container-env.ts';
import type { Value } from '../../model/container-env.ts';
import { flagOccurrence } from '../../model/flag-occurrence.ts';
import type { Process } from '../../model/process.ts';
import type { PodTemplate } from '../../model/workload.ts';
import { settingEnv, settingFlag, settingWithin } from './container-patch.ts';
import type { Cure, Fault } from './pod-findings.ts';
import { SCHEDULER, schedulerNamed } from './scheduler-named.ts';
import type { Named } from './scheduler-named.ts';

// scheduler/cmd/agent/cli/cli.go and flags.go:27: the flag, the variable (where it is not empty), the default.
export const VARIABLE = 'SELDON_SCHEDULER_HOST';
export const FLAG = 'scheduler-host';
export const UNTOLD = '0.0.0.0';

/** Where an agent looks for its scheduler. */
interface SchedulerHost {
  readonly setting: string;
  /** Undefined where it is told nothing. */
  readonly value: Value | undefined;
  /** Why it cannot be told. */
  readonly because: string | undefined;
}

function hostOf(agent: Process, { missing }: PodTemplate): SchedulerHost {
  const environment = environmentOf(agent.container);
  const flag = flagOccurrence(agent.container, FLAG, environment);
  const told = flag?.value ?? environment.get(VARIABLE);
  const setting = flag === undefined ? VARIABLE : `--${FLAG}`;
  if (told !== undefined) return { setting, value: told.length === 0 ? undefined : told, because: undefined };
  const isFrom = mayComeFromOutside(agent.container, VARIABLE);
  const because =
    missing !== undefined ? `is for ${missing} to say` : isFrom ? 'may come from envFrom' : undefined;
  return { setting, value: undefined, because };
}

/** What a host is to the agents of each namespace; the namespace itself may stand in it by the downward API. */
function* namesOf(
  value: Value | undefined,
  template: PodTemplate,
  namespaces: readonly (string | undefined)[],
  cluster: Cluster,
): Iterable<Named> {
  for (const namespace of namespaces) {
    const parts = (value ?? [UNTOLD]).map((part) =>
      typeof part !== 'string' && part.from === 'field' && part.path === 'metadata.namespace'
        ? (namespace ?? template.namespace)
        : part,
    );
    const source = parts.find((part) => typeof part !== 'string');
    if (source !== undefined && typeof source !== 'string')
      yield { is: 'unknown', because: `comes from ${sourceName(source)}` };
    else if (
      template.missing !== undefined &&
      parts.some((part) => typeof part === 'string' && part.includes('$('))
    )
      yield { is: 'unknown', because: `refers to what ${template.missing} may set` };
    else
      yield schedulerNamed(
        parts.filter((part) => typeof part === 'string').join(''),
        template,
        namespace,
        cluster,
      );
  }
}

/** What an agent's scheduler is to it, where it is a scheduler for all of the namespaces. */
export function schedulerOf(
  agent: Process,
  template: PodTemplate,
  namespaces: readonly (string | undefined)[],
  cluster: Cluster,
): readonly Named[] {
  const { value, because } = hostOf(agent, template);
  return because === undefined ? [...namesOf(value, template, namespaces, cluster)] : [];
}

/** An agent that looks for its scheduler where that is not. */
export function* hostFaults(
  agent: Process,
  template: PodTemplate,
  namespaces: readonly (string | undefined)[],
  cluster: Cluster,
): Iterable<Fault> {
  const { setting, value, because } = hostOf(agent, template);
  const text = value === undefined ? `${UNTOLD}, its default` : written(value);
  const fault = { process: agent, within: settingWithin(setting) };
  const common = { container: agent.name, setting };
  const unknown = (why: string): Fault => ({
    ...fault,
    problem: 'not-readable',
    key: ['not-readable', agent.name, setting, why].join('\n'),
    data: { ...common, because: `${setting} of container ${agent.name} ${why}` },
    unknown: true,
  });
  if (because !== undefined) {
    // A fragment that says nothing of the host leaves it as it is.
    if (template.missing === undefined) yield unknown(because);
    return;
  }
  const names = [...namesOf(value, template, namespaces, cluster)];
  const wrong = names.find((named) => named.is === 'other');
  const dark = names.find((named) => named.is === 'unknown');
  if (wrong?.is === 'other')
    yield {
      ...fault,
      problem: 'host',
      key: ['host', agent.name, setting, text].join('\n'),
      data: { ...common, value: text, what: wrong.what },
      cures: [naming(agent, setting)],
    };
  else if (dark?.is === 'unknown')
    yield unknown(dark.because === `comes from ${text}` ? dark.because : `is ${text}, which ${dark.because}`);
}

function naming(agent: Process, setting: string): Cure {
  return {
    words: `${setting} of container ${agent.name} to ${SCHEDULER}`,
    patch: (object, template) =>
      setting === VARIABLE
        ? settingEnv(object, template, agent, { name: VARIABLE, value: SCHEDULER })
        : settingFlag(object, template, agent, FLAG, SCHEDULER),
  };
}
