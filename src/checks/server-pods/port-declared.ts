import { at, listAt, numberAt, stringAt } from '../../model/json.ts';
import type { Listener } from '../../model/listeners.ts';
import type { Manifest } from '../../model/manifest.ts';
import { processesOf } from '../../model/process.ts';
import type { Process } from '../../model/process.ts';
import { probesOf } from '../../model/probe.ts';
import type { PodTemplate } from '../../model/workload.ts';
import { ownContainer } from './container-patch.ts';
import { unknown, withDiallers } from './port-agreement.ts';
import type { PortPair } from './port-agreement.ts';
import { declaring, portWithin, tellingPort, undeclaring } from './port-cure.ts';
import type { Fault } from './pod-findings.ts';

interface Declared {
  readonly process: Process;
  readonly index: number;
  readonly name: string | undefined;
  readonly port: number;
  readonly protocol: string;
}

/** The ports that a pod's containers declare or take twice, or declare otherwise than they take them. */
export function* portsDeclared(
  template: PodTemplate,
  manifest: Manifest,
  listeners: readonly Listener[],
  pairs: readonly PortPair[],
): Iterable<Fault> {
  const declared = processesOf(template.spec).flatMap(declaredBy);
  yield* sameNames(declared);
  yield* collisions(listeners, pairs);
  const named = new Set<string | undefined>(listeners.flatMap(({ names }) => names));
  yield* misdeclared(
    declared.filter((one) => named.has(one.name) && isOwn(one, template, manifest)),
    listeners,
  );
}

/** Whether the judged object writes it; what a ServerConfig declares is for that to say. */
function isOwn({ process, index }: Declared, template: PodTemplate, { object }: Manifest): boolean {
  const own = ownContainer(object, template, process);
  return own !== undefined && portWithin(process, index)(at(object, ...own)) !== undefined;
}

function declaredBy(process: Process): readonly Declared[] {
  return listAt(process.container, 'ports').flatMap((entry, index) => {
    const port = numberAt(entry, 'containerPort');
    if (port === undefined) return [];
    const protocol = stringAt(entry, 'protocol') ?? 'TCP';
    return [{ process, index, name: stringAt(entry, 'name') || undefined, port, protocol }];
  });
}

/**
 * A name is unique in its container (k8s.io/kubernetes pkg/apis/core/validation, validateContainerPorts); in two
 * containers of a pod it is let pass, and a Service that goes by it takes the first (pkg/api/v1/pod, FindPort).
 */
function* sameNames(declared: readonly Declared[]): Iterable<Fault> {
  const first = new Map<string, Declared>();
  for (const one of declared) {
    if (one.name === undefined) continue;
    const other = first.get(one.name);
    if (other === undefined) {
      first.set(one.name, one);
      continue;
    }
    const inside = portWithin(one.process, one.index);
    const [name, container] = [one.name, one.process.name];
    if (other.process.container === one.process.container)
      yield {
        problem: 'same-name',
        key: ['same-name', container, name].join('\n'),
        process: one.process,
        within: inside,
        data: { container, name, first: other.port, second: one.port },
        cures: [undeclaring(one.process, one.index), undeclaring(other.process, other.index)],
      };
    else
      yield {
        problem: 'shared-name',
        key: ['shared-name', other.process.name, container, name].join('\n'),
        process: one.process,
        within: inside,
        data: { container: other.process.name, other: container, name, port: other.port },
      };
  }
}

/**
 * All containers of a pod share one network namespace, and so a port is free for one process only. A port that cannot be
 * seen may be any: whether it meets what goes by it is asked elsewhere.
 */
function* collisions(listeners: readonly Listener[], pairs: readonly PortPair[]): Iterable<Fault> {
  const first = new Map<number, Listener>();
  for (const one of listeners) {
    if (one.port === undefined) continue;
    const other = first.get(one.port);
    if (other === undefined) {
      first.set(one.port, one);
      continue;
    }
    // What a container only declares twice, it need not listen on twice.
    if (other.process.container === one.process.container && other.setting === undefined) continue;
    const { port } = one;
    yield {
      problem: 'collision',
      key: ['collision', port, other.process.name, other.source, one.process.name, one.source].join('\n'),
      process: one.process,
      data: {
        port,
        setting: other.source,
        container: other.process.name,
        otherSetting: one.source,
        other: one.process.name,
      },
      cures: [other, one].flatMap(({ setting }) =>
        setting === undefined ? [] : [tellingPort(withDiallers(setting, pairs), setting.usual)],
      ),
    };
  }
}

/**
 * A named port of another number than the process takes. Where a probe goes by the name, or a second port has it, that says
 * more and is told instead.
 */
function* misdeclared(declared: readonly Declared[], listeners: readonly Listener[]): Iterable<Fault> {
  const byName = Map.groupBy(declared, ({ process, name }) => [process.list, process.index, name].join(' '));
  for (const [one, ...others] of byName.values()) {
    if (one?.name === undefined || others.length > 0) continue;
    const { process, index, name, port } = one;
    const listener = listeners.find(
      (each) => each.process.container === process.container && each.names.includes(name),
    );
    if (listener === undefined || listener.port === port) continue;
    if (probesOf(process).some(({ target }) => target === name)) continue;
    if (listener.port === undefined) {
      if (listener.setting !== undefined && listener.because !== undefined)
        yield {
          ...unknown(listener.setting, `${listener.source} of container ${process.name} ${listener.because}`),
          // What is not set here is most often what people declare: it is noted, no more.
          ...(listener.setting.value === undefined ? { effect: 'record' } : {}),
        };
      continue;
    }
    yield {
      problem: 'misdeclared',
      key: ['misdeclared', process.name, name, port, listener.source, listener.port].join('\n'),
      process,
      within: portWithin(process, index),
      data: {
        container: process.name,
        name,
        port,
        setting: listener.source,
        value: listener.setting?.text ?? listener.port,
      },
      cures: [declaring(process, index, listener.port)],
    };
  }
}
