import { POD_NAME_LABEL, COMPONENTS, NAME_LABEL } from './seldon-components.ts';
import type { ComponentId } from './seldon-components.ts';
import { isBefore } from './seldon-version.ts';

/** A port of a Service that the operator makes, and the container port that it leads to. */
export interface OperatorServicePort {
  readonly port: number;
  readonly targetName: string;
  readonly target: number;
}

/** A Service that the operator makes. */
export interface OperatorService {
  readonly selector: Readonly<Record<string, string>>;
  /** Those that clients use: metrics are left out. */
  readonly ports: readonly OperatorServicePort[];
}

function portOf(component: ComponentId, port: number, targetName: string): OperatorServicePort {
  const declared = COMPONENTS[component].ports.find(({ name }) => name === targetName);
  return { port, targetName, target: declared?.port ?? port };
}

function serviceOf(component: ComponentId, ports: Readonly<Record<number, string>>): OperatorService {
  return {
    selector: { [NAME_LABEL]: component },
    ports: Object.entries(ports).map(([port, name]) => portOf(component, Number(port), name)),
  };
}

/**
 * The Services that come with a SeldonRuntime, by their names, which are constants
 * (operator/controllers/reconcilers/seldon/service_reconciler.go:97-187; seldon-pipelinegateway in 2.8 and 2.9 only,
 * :132-163@2.9.1). Whatever their type, they select one component and lead to its container ports by name.
 */
const RUNTIME_SERVICES: ReadonlyMap<string, OperatorService> = new Map([
  [
    'seldon-scheduler',
    serviceOf('seldon-scheduler', {
      9002: 'xds',
      9004: 'scheduler',
      9044: 'scheduler-mtls',
      9005: 'agent',
      9055: 'agent-mtls',
      9008: 'dataflow',
    }),
  ],
  ['seldon-mesh', serviceOf('seldon-envoy', { 80: 'http' })],
  ['seldon-pipelinegateway', serviceOf('seldon-pipelinegateway', { 9010: 'http', 9011: 'grpc' })],
]);

/** The first release with a SeldonRuntime: before it, the chart made these Services itself, with other selectors. */
const WITH_RUNTIME = '2.6.0';
/** The first release in which pipelines are reached by pod address, and no Service is made for their gateway (#6675). */
const WITHOUT_GATEWAY = '2.10.0';

/** The Service that comes with a SeldonRuntime under that name, in the release that runs (undefined: whichever that is). */
export function runtimeService(name: string, release: string | undefined): OperatorService | undefined {
  const isGone = release !== undefined && !isBefore(release, WITHOUT_GATEWAY);
  const isYetToCome = release !== undefined && isBefore(release, WITH_RUNTIME);
  return isYetToCome || (isGone && name === 'seldon-pipelinegateway')
    ? undefined
    : RUNTIME_SERVICES.get(name);
}

/** The Server, and the number of its replica, that a name such as `mlserver-0` would belong to. */
export function replicaOf(service: string): { server: string; replica: number } | undefined {
  const [, server, replica] = /^(.+)-(0|[1-9]\d{0,8})$/.exec(service) ?? [];
  return server === undefined || replica === undefined ? undefined : { server, replica: Number(replica) };
}

/** The Service of one replica of a Server (operator/controllers/reconcilers/server/service_reconciler.go:67-108). */
export function replicaService(name: string): OperatorService {
  return {
    selector: { [POD_NAME_LABEL]: name },
    ports: [portOf('server', 9000, 'http'), portOf('server', 9500, 'grpc')],
  };
}
