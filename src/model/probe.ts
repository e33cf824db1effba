import { at, isObject, listAt, numberAt, stringAt } from './json.ts';
import type { Path } from './json.ts';
import type { Process } from './process.ts';

/** What the kubelet asks of a container over the network, and at which port. */
export interface Probe {
  readonly process: Process;
  readonly kind: (typeof KINDS)[number];
  readonly handler: 'httpGet' | 'tcpSocket' | 'grpc';
  /** Where in the container the port stands. */
  readonly path: Path;
  /** Where it is sent; undefined: to the pod's own address (core/v1 HTTPGetAction.host, TCPSocketAction.host). */
  readonly host: string | undefined;
  readonly urlPath: string;
  /** As it is written. */
  readonly target: string | number;
  /** The number; undefined where the container declares no port of that name. */
  readonly port: number | undefined;
}

const KINDS = ['readinessProbe', 'livenessProbe', 'startupProbe'] as const;
const HANDLERS = ['httpGet', 'tcpSocket', 'grpc'] as const;

/** The probes of a container that come over the network; `exec` runs inside and asks for no port. */
export function probesOf(process: Process): readonly Probe[] {
  return KINDS.flatMap((kind) =>
    HANDLERS.flatMap((handler) => {
      const { container } = process;
      const target = at(container, kind, handler, 'port');
      if (
        !isObject(at(container, kind, handler)) ||
        (typeof target !== 'string' && typeof target !== 'number')
      )
        return [];
      return [
        {
          process,
          kind,
          handler,
          path: [kind, handler, 'port'],
          host: stringAt(container, kind, handler, 'host') || undefined,
          urlPath: stringAt(container, kind, handler, 'path') ?? '/',
          target,
          port: typeof target === 'number' ? target : declaredPort(process, target),
        },
      ];
    }),
  );
}

/** The port that a container declares under a name: the kubelet takes the first (pkg/probe/util.go, findPortByName). */
export function declaredPort({ container }: Process, name: string): number | undefined {
  const entry = listAt(container, 'ports').find((port) => stringAt(port, 'name') === name);
  return numberAt(entry, 'containerPort');
}
