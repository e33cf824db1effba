import { at, listAt, numberAt, stringAt } from '../../model/json.ts';
import type { Path } from '../../model/json.ts';
import type { Listener } from '../../model/listeners.ts';
import { nameOf } from '../../model/manifest.ts';
import type { Manifest } from '../../model/manifest.ts';
import { agentPort } from '../../model/port-setting.ts';
import type { PortSetting } from '../../model/port-setting.ts';
import { declaredPort, probesOf } from '../../model/probe.ts';
import type { Probe } from '../../model/probe.ts';
import { processesOf } from '../../model/process.ts';
import type { Process } from '../../model/process.ts';
import { agentsOf } from '../../model/server-pod.ts';
import type { PodTemplate } from '../../model/workload.ts';
import { ownContainer } from './container-patch.ts';
import { unknown, withDiallers } from './port-agreement.ts';
import type { PortPair } from './port-agreement.ts';
import { declaring, tellingPort, writing } from './port-cure.ts';
import type { Cure, Fault } from './pod-findings.ts';

/** The probes and hooks of a pod's known containers that go where nothing listens. */
export function* portsMissed(
  template: PodTemplate,
  manifest: Manifest,
  listeners: readonly Listener[],
  pairs: readonly PortPair[],
): Iterable<Fault> {
  const [agent] = agentsOf(template.spec);
  const drainer = agent === undefined ? undefined : agentPort(agent, 'drainer', template);
  for (const process of processesOf(template.spec)) {
    const own = listeners.filter(
      (listener) => listener.process.container === process.container && isKnown(listener),
    );
    for (const probe of probesOf(process)) {
      if (own.length > 0) yield* probeFaults(probe, own, template, listeners, pairs);
      yield* lostNumber(probe, template, manifest);
    }
    if (drainer !== undefined) yield* hookFaults(process, drainer, template);
  }
}

/** Whether it is known by its own settings where the process listens, and not only by what it declares. */
function isKnown({ source }: Listener): boolean {
  return source !== 'containerPort';
}

function* probeFaults(
  probe: Probe,
  own: readonly Listener[],
  { missing, spec }: PodTemplate,
  listeners: readonly Listener[],
  pairs: readonly PortPair[],
): Iterable<Fault> {
  const { process, kind, target } = probe;
  const meant = own.find((listener) => isMeant(listener, probe));
  if (probe.host !== undefined || meant === undefined) return;
  const common = { process, within: written(probe.path) };
  const key = (problem: string): string => [problem, process.name, kind, target].join('\n');
  const numbered = (port: number): Cure =>
    writing(
      process,
      probe.path,
      port,
      `the port of the ${kind} of container ${process.name} to ${String(port)}`,
    );
  const unseen = (because: string): Fault => ({
    ...unknown(
      { process, setting: kind, text: String(target) },
      `the ${kind} of container ${process.name} goes to port ${String(target)}, and ${because}`,
    ),
    // Probes that go to the same place say the same.
    key: ['not-readable', process.name, target, because].join('\n'),
    within: written(probe.path),
  });
  if (probe.port === undefined) {
    if (missing !== undefined)
      yield unseen(`which ports it declares is for ${missing} to say, which is not among the objects seen`);
    else
      yield {
        ...common,
        problem: 'probe-unnamed',
        key: key('probe-unnamed'),
        data: { container: process.name, probe: kind, target },
        cures: meant.port === undefined ? [] : [numbered(meant.port)],
      };
    return;
  }
  const { port } = probe;
  if (listeners.some((listener) => listener.port === port)) return;
  // Whatever listens where it is not to be seen may listen there. What is no port at all is told by itself.
  const dark = [meant, ...own].find((listener) => listener.port === undefined);
  if (dark !== undefined || meant.port === undefined) {
    if (dark?.because !== undefined) yield unseen(`${dark.source} ${dark.because}`);
    return;
  }
  const silent = processesOf(spec).find(({ container }) =>
    listeners.every((listener) => listener.process.container !== container),
  );
  if (silent !== undefined) {
    yield unseen(`container ${silent.name}, which declares no port, may listen there`);
    return;
  }
  const entry = listAt(process.container, 'ports').findIndex((each) => stringAt(each, 'name') === target);
  yield {
    ...common,
    problem: 'probe',
    key: [key('probe'), port, meant.source, meant.port].join('\n'),
    data: {
      container: process.name,
      probe: kind,
      target: typeof target === 'number' ? target : `${target} (${String(port)})`,
      setting: meant.source,
      value: meant.setting?.text ?? meant.port,
    },
    cures: [
      ...(entry < 0 ? [] : [declaring(process, entry, meant.port)]),
      numbered(meant.port),
      ...(meant.setting === undefined ? [] : [tellingPort(withDiallers(meant.setting, pairs), port)]),
    ],
  };
}

/** The listener that a probe of its container is meant for: gRPC by the handler or the name, the agent's own one. */
function isMeant({ source, names }: Listener, { handler, target }: Probe): boolean {
  if (source.startsWith('--rc-')) return true;
  if (source === 'SELDON_READINESS_PORT') return true;
  const grpc = handler === 'grpc' || (typeof target === 'string' && target.includes('grpc'));
  return names.includes(grpc ? 'server-grpc' : 'server-http');
}

/** A number laid over a name: the operator keeps the name (merging an IntOrString, its zero type never overrides). */
function* lostNumber(
  { process, kind, path, target, port }: Probe,
  template: PodTemplate,
  { object }: Manifest,
): Iterable<Fault> {
  const { base } = template;
  if (base === undefined || typeof target === 'number') return;
  const own = ownContainer(object, template, process);
  const lost = own === undefined ? undefined : numberAt(object, ...own, ...path);
  if (lost === undefined || lost === port) return;
  yield {
    problem: 'probe-lost',
    key: ['probe-lost', process.name, kind, lost, target].join('\n'),
    process,
    within: written(path),
    data: { container: process.name, probe: kind, number: lost, name: target, base: nameOf(base.manifest) },
    cures: [
      writing(process, path, target, `the port of the ${kind} of container ${process.name} to ${target}`),
    ],
  };
}

/** A place in a container, where the judged object has it. */
function written(path: Path): NonNullable<Fault['within']> {
  return (container) => (at(container, ...path) === undefined ? undefined : path);
}

const HOOK: Path = ['lifecycle', 'preStop', 'httpGet'];

/** The drainer waits for a call from each container (scheduler/pkg/agent/drainservice/server.go:28-29,131-169). */
function* hookFaults(process: Process, drainer: PortSetting, { missing }: PodTemplate): Iterable<Fault> {
  const { container, name } = process;
  const path = stringAt(container, ...HOOK, 'path')?.replace(/^\//, '');
  const target = at(container, ...HOOK, 'port');
  if (path !== 'terminate' || (typeof target !== 'number' && typeof target !== 'string')) return;
  const asked = typeof target === 'number' ? target : declaredPort(process, target);
  const { port } = drainer;
  if (port === undefined || (asked === undefined && missing !== undefined)) {
    const because =
      port === undefined
        ? drainer.because && `${drainer.setting} of container ${drainer.process.name} ${drainer.because}`
        : `which ports container ${name} declares is for ${missing ?? ''} to say, which is not among the objects seen`;
    if (because !== undefined)
      yield {
        ...unknown({ process, setting: 'preStop hook', text: String(target) }, because),
        within: written([...HOOK, 'port']),
      };
    return;
  }
  if (asked === port) return;
  yield {
    problem: 'hook',
    key: ['hook', name, target, drainer.setting, drainer.text].join('\n'),
    process,
    within: written([...HOOK, 'port']),
    data: {
      container: name,
      target,
      setting: drainer.setting,
      value: drainer.text,
      agent: drainer.process.name,
    },
    cures: [
      writing(
        process,
        [...HOOK, 'port'],
        port,
        `the port of the preStop hook of container ${name} to ${String(port)}`,
      ),
      ...(asked === undefined ? [] : [tellingPort([drainer], asked)]),
    ],
  };
}
