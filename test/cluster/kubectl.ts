import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { ASSETS, noApiServer } from '../api-server.ts';
import { KINDS } from '../../src/model/kinds.ts';
import type { TestApiServer } from '../api-server.ts';

const CRDS = join(import.meta.dirname, '../../../shared/corpus/crds/seldon-core-v2.9.1.yaml');

const KUBECTL = [ASSETS, ...(process.env['PATH'] ?? '').split(delimiter)]
  .map((folder) => join(folder, 'kubectl'))
  .find((file) => existsSync(file));

/** Why nothing can be applied to a real API server here, or false where it can: for tap's `skip`. */
export const noCluster: string | false =
  noApiServer || (KUBECTL === undefined && `no kubectl in ${ASSETS} (KUBEBUILDER_ASSETS) or on the PATH`);

/** Why Seldon's kinds cannot be installed, or false where they can. */
export const noSeldon: string | false = existsSync(CRDS) ? false : 'no Seldon CRDs beside the project';

/** What a command printed, and how it ended. */
export interface Printed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The real kubectl against the cluster, as its administrator, in English, with nothing of this machine's user. */
export function kubectl(
  cluster: TestApiServer,
  args: readonly string[],
  input: string | object = '',
  folder?: string,
): Promise<Printed> {
  return new Promise((resolve, reject) => {
    if (KUBECTL === undefined) return reject(new Error('there is no kubectl'));
    const env = {
      KUBECONFIG: cluster.kubeconfig,
      HOME: dirname(cluster.kubeconfig),
      LC_ALL: 'C',
      PATH: process.env['PATH'],
    };
    const child = execFile(
      KUBECTL,
      [...args],
      { env, cwd: folder, timeout: 60_000 },
      (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr }),
    );
    // It may end before it has read everything; its words say why.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(typeof input === 'string' ? input : JSON.stringify(input));
  });
}

/** Installs Seldon's CustomResourceDefinitions and waits until their kinds are served. */
export async function installSeldon(cluster: TestApiServer): Promise<void> {
  const documents = parseAllDocuments(readFileSync(CRDS, 'utf8')).map(
    (document) => document.toJS() as unknown,
  );
  for (const crd of documents.filter((document) => document !== null))
    await cluster.ask('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd);
  await untilServed(cluster);
}

/** Installs the kinds of others that the guard reads (Istio's, MetalLB's, Calico's), which take anything. */
export async function installOthers(cluster: TestApiServer): Promise<void> {
  for (const [kind, { group, version, resource, namespaced }] of Object.entries(KINDS)) {
    if (!OTHERS.includes(group)) continue;
    const openAPIV3Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
    await cluster.ask('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      metadata: {
        name: `${resource}.${group}`,
        annotations: { 'api-approved.kubernetes.io': 'unapproved, for a test' },
      },
      spec: {
        group,
        scope: namespaced ? 'Namespaced' : 'Cluster',
        names: { kind, plural: resource },
        versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema } }],
      },
    });
  }
  await untilServed(cluster);
}

const OTHERS = ['networking.istio.io', 'metallb.io', 'crd.projectcalico.org', 'operator.tigera.io'];

async function untilServed(cluster: TestApiServer): Promise<void> {
  const waited = await kubectl(cluster, [
    'wait',
    '--for=condition=Established',
    'crd',
    '--all',
    '--timeout=30s',
  ]);
  if (waited.code !== 0) throw new Error(waited.stderr);
}
