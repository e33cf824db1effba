import { stringAt, stringsAt } from '../../model/json.ts';
import type { Path } from '../../model/json.ts';
import { closed, selects } from '../../model/labels.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { PatchOperation } from '../../model/patch.ts';
import { jsonPointer } from '../../model/path.ts';
import type { Review } from '../../model/review.ts';
import { COMPONENTS } from '../../model/seldon-components.ts';
import type { Finding } from '../../policy/check.ts';
import { namesOf } from '../../model/words.ts';
import type { FlowEnd } from './flow-ends.ts';
import { flowKey, flowsOf } from './required-flow.ts';
import type { FlowInstance, WantedFlows } from './required-flow.ts';
import { isHeadless, portBehind, servicePort } from './service-port.ts';

/** Why a Service does not lead a client to the server's port, where that is, and the patch that makes it lead there. */
interface Misdirection {
  readonly because: string;
  readonly field: Path;
  readonly fix: readonly PatchOperation[];
}

/**
 * What a Service means for the flows that go through it: the client dials the Service's name and port, and both are fixed
 * in Seldon's code, so that it has to lead to the port that the server listens on.
 */
export function* serviceFindings({ object, cluster }: Review, wanted: WantedFlows): Generator<Finding> {
  const flows = wanted.flows.filter(({ through }) => through?.service === object.name);
  if (flows.length === 0 || stringAt(object.object, 'spec', 'type') === 'ExternalName') return;
  const found: { instance: FlowInstance; fault: Misdirection }[] = [];
  for (const instance of flowsOf(cluster, object.namespace, flows, wanted.operatorNamespaces)) {
    const fault = faultFor(object, instance);
    if (fault !== undefined) found.push({ instance, fault });
  }
  const fix = distinct(found.flatMap((one) => one.fault.fix));
  for (const group of Map.groupBy(found, ({ fault }) => fault.because).values()) {
    const [first] = group;
    if (first === undefined) continue;
    yield {
      problem: 'misdirected',
      field: first.fault.field,
      data: {
        service: object.name,
        from: namesOf(group.map(({ instance }) => instance.client.title)),
        to: namesOf(group.map(({ instance }) => instance.server.title)),
        because: first.fault.because,
        breaks: [...new Set(group.map(({ instance }) => instance.flow.breaks))].join('; '),
      },
      key: group.map(({ instance }) => flowKey(instance)).join(', '),
      ...(group.every((one) => one.fault.fix.length > 0) ? { fix } : {}),
    };
  }
}

function faultFor(service: Manifest, { flow, client, server, tls }: FlowInstance): Misdirection | undefined {
  const { pod } = server;
  if (pod === undefined || pod.labels.open || pod.ports === undefined) return undefined;
  const selector = stringsAt(service.object, 'spec', 'selector');
  // The endpoints of a Service without a selector are made by hand.
  if (Object.keys(selector).length === 0) return undefined;
  if (selects({ matchLabels: selector }, closed(pod.labels.values)) !== 'yes')
    return {
      because: `its selector does not select ${server.title}`,
      field: ['spec', 'selector'],
      fix:
        server.selector === undefined
          ? []
          : [{ op: 'add', path: '/spec/selector', value: { ...server.selector } }],
    };
  const speaksTls = client.tls === 'unknown' ? tls : client.tls;
  const port = speaksTls === 'yes' ? (flow.tlsPort ?? flow.port) : flow.port;
  if (port === undefined || (speaksTls === 'unknown' && flow.tlsPort !== undefined)) return undefined;
  return portFault(service, flow.through?.port ?? port, port, server as FlowEnd);
}

/** The Service's port `dialled` has to lead to what upstream's port `port` is in these pods. */
function portFault(
  service: Manifest,
  dialled: number,
  port: number,
  { pod, title, component }: FlowEnd,
): Misdirection | undefined {
  const declared = component && COMPONENTS[component].ports.find((one) => one.port === port);
  // Where the pods give the port's name to another number, both sides have been moved together.
  const listens = pod.ports?.find(({ name }) => name === declared?.name)?.port ?? port;
  const entry = servicePort(service, dialled);
  const isNamed = pod.ports?.some(({ name }) => name === declared?.name) === true;
  const target = isNamed ? (declared?.name ?? listens) : listens;
  if (entry === undefined)
    return {
      because: `it has no TCP port ${dialled}`,
      field: ['spec', 'ports'],
      fix: [
        {
          op: 'add',
          path: '/spec/ports/-',
          value: {
            name: declared?.name ?? `port-${dialled}`,
            port: dialled,
            targetPort: target,
            protocol: 'TCP',
          },
        },
      ],
    };
  const behind = portBehind(service, dialled, pod);
  if (behind === listens) return undefined;
  if (isHeadless(service))
    return {
      because: `it is headless, so that its port ${dialled} is port ${dialled} of ${title}, not ${listens}`,
      field: ['spec', 'clusterIP'],
      fix: [],
    };
  const field = ['spec', 'ports', entry.index, 'targetPort'];
  return {
    because:
      behind === undefined
        ? `its port ${dialled} leads to a port named ${entry.target}, which ${title} does not have`
        : `its port ${dialled} leads to port ${behind} of ${title}, not to ${listens}`,
    field,
    fix: [{ op: 'add', path: jsonPointer(field), value: target }],
  };
}

function distinct(operations: readonly PatchOperation[]): PatchOperation[] {
  return [...new Map(operations.map((one) => [JSON.stringify(one), one])).values()];
}
