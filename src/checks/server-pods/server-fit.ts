import type { Cluster } from '../../model/cluster.ts';
import { stringAt } from '../../model/json.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { ModelServer } from '../../model/model-servers.ts';
import { lackingOf } from './model-requirement.ts';
import type { Requirement } from './model-requirement.ts';

/** A Server with what it lacks for a Model; `undefined` where its capabilities are not to be seen. */
export interface Fit {
  readonly server: ModelServer;
  readonly lacking: readonly Requirement[] | undefined;
}

/** How a Server suits a Model that requires these. */
export function fitOf(server: ModelServer, requirements: readonly Requirement[]): Fit {
  const { capabilities } = server;
  if (capabilities.known) return { server, lacking: lackingOf(requirements, capabilities.names) };
  return { server, lacking: requirements.length === 0 ? [] : undefined };
}

/** What would have to be seen before anybody could say that there is no Server for the Model. */
export function unseenOf(
  { object, namespace }: Manifest,
  pin: string | undefined,
  fits: readonly Fit[],
  cluster: Cluster,
): string | undefined {
  for (const { server, lacking } of fits)
    if (!server.off && lacking === undefined && !server.capabilities.known)
      return server.capabilities.because;
  if (pin !== undefined && fits.length > 0) return undefined;
  const missing =
    pin === undefined
      ? `no Server of namespace ${namespace} is among the objects seen`
      : `Server ${namespace}/${pin} is not among the objects seen`;
  if (!cluster.sees('Server')) return missing;
  // A file that names no namespace goes wherever kubectl is told to put it, the Model's or that of a Server.
  const may = cluster.list('Server').filter(({ name }) => pin === undefined || name === pin);
  const unplaced = [object, ...may.map((server) => server.object)].some(
    (each) => stringAt(each, 'metadata', 'namespace') === undefined,
  );
  return fits.length === 0 && unplaced ? missing : undefined;
}

/** The Server that lacks least, one that runs before one that does not; of several the one that can do most. */
export function bestOf(fits: readonly Fit[]): Fit | undefined {
  const can = ({ server }: Fit): number => (server.capabilities.known ? server.capabilities.names.length : 0);
  const cost = ({ server, lacking }: Fit): number => (lacking?.length ?? 0) + (server.off ? 1e6 : 0);
  return fits.toSorted((a, b) => cost(a) - cost(b) || can(b) - can(a))[0];
}
