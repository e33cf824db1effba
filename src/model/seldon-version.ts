import type { Cluster, Pick } from './cluster.ts';
import { listAt, objectAt, stringAt } from './json.ts';
import type { Json } from './json.ts';
import type { Kind } from './kinds.ts';

/** The kinds that `seldonRelease` reads. */
export const SELDON_RELEASE_KINDS: readonly Kind[] = ['Deployment', 'SeldonConfig', 'ServerConfig'];

/**
 * Seldon's images carry the release as their tag (k8s/yaml/components.yaml), and keep it in somebody's own registry or with
 * a suffix. Those of inference servers have releases of their own.
 */
const IMAGE =
  /(?:^|\/)(seldonv2-controller|seldon-(?:scheduler|envoy|agent|rclone|hodometer|modelgateway|pipelinegateway|dataflow-engine)):v?(2\.\d+\.\d+)(?![\d.])/;

/** The image of the operator, which comes with the CRDs and decides what becomes of a manifest. */
const OPERATOR = 'seldonv2-controller';

/** An image of Seldon's and the release that it is of. */
interface Tagged {
  readonly image: string;
  readonly release: string;
}

function taggedIn(podSpecs: readonly Json[]): readonly Tagged[] | undefined {
  const tagged = podSpecs
    .flatMap((spec) => [...listAt(spec, 'containers'), ...listAt(spec, 'initContainers')])
    .flatMap((container) => {
      const [, image, release] = IMAGE.exec(stringAt(container, 'image') ?? '') ?? [];
      return image === undefined || release === undefined ? [] : [{ image, release }];
    });
  return tagged.length === 0 ? undefined : tagged;
}

const WORKLOADS: Pick<readonly Tagged[]> = {
  kind: 'Deployment',
  of: ({ object }) => taggedIn([objectAt(object, 'spec', 'template', 'spec')]),
};

const CONFIGS: readonly Pick<readonly Tagged[]>[] = [
  {
    kind: 'SeldonConfig',
    of: ({ object }) =>
      taggedIn(listAt(object, 'spec', 'components').map((component) => objectAt(component, 'podSpec'))),
  },
  { kind: 'ServerConfig', of: ({ object }) => taggedIn([objectAt(object, 'spec', 'podSpec')]) },
];

/**
 * The release of Seldon Core that a cluster runs (`2.9.1`): as the guard was told, else the operator's by its image, else
 * that of the images in the configurations, else that of Seldon's workloads. Undefined where nothing tells it, or where
 * there are several.
 */
export function seldonRelease(cluster: Cluster): string | undefined {
  if (cluster.seldonVersion !== undefined) return cluster.seldonVersion;
  const workloads = cluster.pick(WORKLOADS).flat();
  const operators = workloads.filter(({ image }) => image === OPERATOR);
  const configs = CONFIGS.flatMap((pick) => cluster.pick(pick)).flat();
  const telling = [operators, configs, workloads].find((tagged) => tagged.length > 0) ?? [];
  const releases = new Set(telling.map(({ release }) => release));
  return releases.size === 1 ? [...releases][0] : undefined;
}

/** Whether a release came before another. */
export function isBefore(release: string, other: string): boolean {
  const [a, b] = [release, other].map((each) => each.split('.').map(Number));
  for (const i of [0, 1, 2]) {
    const [x = 0, y = 0] = [a?.[i], b?.[i]];
    if (x !== y) return x < y;
  }
  return false;
}
