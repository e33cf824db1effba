import { Picture } from '../model/cluster.ts';
import type { Kind } from '../model/kinds.ts';
import { nameOf } from '../model/manifest.ts';
import type { Manifest } from '../model/manifest.ts';
import { Faults } from '../sources/faults.ts';
import { readManifests } from '../sources/files.ts';
import { connect } from '../sources/kubeconfig.ts';
import { listCluster } from '../sources/list-cluster.ts';

/** Where a cluster is to be read from. */
export interface PictureSource {
  readonly paths: readonly string[];
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly namespace?: string | undefined;
}

/**
 * The whole cluster in files, or behind an API server, listed once. Half a cluster has other connections than the whole:
 * what cannot be read is thrown as Faults. `say` takes a sentence that a person should know of.
 */
export async function clusterPicture(
  { paths, kubeconfig, context, namespace }: PictureSource,
  kinds: Iterable<Kind>,
  say: (sentence: string) => void,
): Promise<Picture> {
  if (context !== undefined && kubeconfig === undefined)
    throw new Faults(['--context is one of the kubeconfig: give --kubeconfig as well']);
  if (paths.length > 0 && kubeconfig !== undefined)
    throw new Faults(['paths and --kubeconfig are two pictures of one cluster: give one of them']);
  if (kubeconfig !== undefined) {
    const connection = await connect({ kubeconfig, context });
    if ('problem' in connection) throw new Faults([connection.problem]);
    const { manifests, seen, problems } = await listCluster(connection.api, kinds);
    if (problems.length > 0) throw new Faults(problems);
    return Picture.of(manifests, { seen });
  }
  if (paths.length === 0)
    throw new Faults(['nothing to read: give files, folders, - for standard input, or --kubeconfig']);
  const { manifests, unreadable, skipped } = await readManifests(paths, { namespace });
  if (unreadable.length > 0) throw new Faults(unreadable.map(({ message }) => message));
  for (const { message } of skipped) say(message);
  for (const manifest of manifests.filter(isForeignPolicy))
    say(
      `${nameOf(manifest)} is of ${manifest.apiVersion}, and only those of networking.k8s.io/v1 are taken into account`,
    );
  return Picture.of(applied(manifests, say));
}

/** Whether it has a say in who reaches whom that nobody here understands (AdminNetworkPolicy, Cilium's, Calico's). */
function isForeignPolicy({ known, kind }: Manifest): boolean {
  return known === undefined && kind.endsWith('NetworkPolicy');
}

/** As kubectl applies them one after the other: of several versions of an object the last stays. */
function applied(manifests: readonly Manifest[], say: (sentence: string) => void): readonly Manifest[] {
  const last = new Map<string, Manifest>();
  for (const manifest of manifests) {
    const key = `${manifest.apiVersion} ${nameOf(manifest)}`;
    if (manifest.known !== undefined && last.delete(key))
      say(`${nameOf(manifest)} is given twice: the last one counts`);
    last.set(key, manifest);
  }
  return [...last.values()];
}
