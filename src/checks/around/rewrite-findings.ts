import { destinationsOf, ofBackend, pathsOf } from '../../model/destination.ts';
import { at, listAt, objectAt, stringAt } from '../../model/json.ts';
import type { Path } from '../../model/json.ts';
import { annotationsOf, nameOf } from '../../model/manifest.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { PatchOperation } from '../../model/patch.ts';
import { jsonPointer } from '../../model/path.ts';
import type { Review } from '../../model/review.ts';
import type { Finding } from '../../policy/check.ts';
import { captureGroups } from './capture-groups.ts';
import { leadsToMesh } from './leads-to-mesh.ts';

const REWRITE = 'nginx.ingress.kubernetes.io/rewrite-target';

/** Classes of Ingress that other controllers take, to which the annotation means nothing. */
const OTHERS = /traefik|haproxy|kong|contour|istio|cilium|alb|gce|azure/;

/**
 * What Envoy of Seldon answers; of any other path it says 404 (scheduler/pkg/envoy/processor, resource.go:430-431:
 * prefix match on /v2 and /inference.GRPCInferenceService).
 */
const SERVED = ['/v2', '/inference.GRPCInferenceService'] as const;

/** Whether what rewrites paths leaves them such that they are served: in an Ingress for ingress-nginx, and in a VirtualService. */
export function rewriteFindings(review: Review): Iterable<Finding> {
  return review.object.known === 'Ingress' ? nginxFindings(review) : istioFindings(review);
}

/**
 * "Captured groups are saved in numbered placeholders, chronologically, in the form $1, $2 ... $n" and the annotation is for
 * every path of the Ingress (ingress-nginx, examples/rewrite). nginx puts nothing for a group that is not there.
 */
function* nginxFindings({ object: ingress, cluster }: Review): Iterable<Finding> {
  const target = annotationsOf(ingress)[REWRITE];
  if (target === undefined || OTHERS.test(classOf(ingress))) return;
  const wanted = Math.max(0, ...[...target.matchAll(/\$([1-9])/g)].map(([, digit]) => Number(digit)));
  for (const place of pathsOf(ingress)) {
    const path = stringAt(ingress.object, ...place, 'path') ?? '/';
    const groups = captureGroups(path);
    const common = { field: [...place, 'path'], data: { route: nameOf(ingress), path, target } };
    if (wanted > groups.length)
      yield {
        ...common,
        problem: 'no-group',
        data: { ...common.data, group: `$${wanted}`, groups: groupWords(groups.length) },
        key: `no-group ${path} ${target}`,
        // One path alone comes to this backend, and it may be meant to become another one.
        ...(stringAt(ingress.object, ...place, 'pathType') === 'Exact' ? { effect: 'warn' } : {}),
        ...withGroups(ingress, place, target, groups.length),
      };
    const lost = lostPrefix(path.split('(')[0] ?? '', target, groups);
    const [backend] = ofBackend(ingress, [...place, 'backend']);
    if (lost !== undefined && backend !== undefined && leadsToMesh(cluster, backend.service))
      yield {
        ...common,
        problem: 'prefix-lost',
        data: { ...common.data, prefix: lost },
        key: `prefix-lost ${path} ${target}`,
        ...keepingPrefix(place, path, target, lost),
      };
  }
}

function groupWords(count: number): string {
  return count === 0 ? 'no capture group' : `${count} capture group${count === 1 ? '' : 's'}`;
}

function classOf(ingress: Manifest): string {
  const named = stringAt(ingress.object, 'spec', 'ingressClassName');
  return named ?? annotationsOf(ingress)['kubernetes.io/ingress.class'] ?? '';
}

/** The prefix that is taken off: it stands before the groups, and neither the target nor a group puts it back. */
function lostPrefix(literal: string, target: string, groups: readonly string[]): string | undefined {
  const lost = SERVED.find((prefix) => literal === prefix || literal.startsWith(`${prefix}/`));
  if (lost === undefined) return undefined;
  const word = lost.slice(1);
  return [target, ...groups].some((text) => text.includes(word)) ? undefined : lost;
}

/** `/app` with `/$2` is meant as `/app(/|$)(.*)`: a path without a pattern of its own gets the groups. */
function withGroups(
  { object }: Manifest,
  place: Path,
  target: string,
  count: number,
): { fix?: readonly PatchOperation[] } {
  const path = stringAt(object, ...place, 'path') ?? '/';
  const tail = target === '/$1' ? '/(.*)' : target === '/$2' ? '(/|$)(.*)' : undefined;
  if (tail === undefined || count > 0 || !/^[\w/.-]+$/.test(path)) return {};
  return {
    fix: [
      {
        op: at(object, ...place, 'path') === undefined ? 'add' : 'replace',
        path: jsonPointer([...place, 'path']),
        value: `${path.replace(/\/+$/, '')}${tail}`,
      },
      { op: 'add', path: jsonPointer([...place, 'pathType']), value: 'ImplementationSpecific' },
    ],
  };
}

/** `/v2/(.*)` becomes `/(v2/.*)`, whose group holds the prefix. */
function keepingPrefix(
  place: Path,
  path: string,
  target: string,
  prefix: string,
): { fix?: readonly PatchOperation[] } {
  if (target !== '/$1' || path !== `${prefix}/(.*)`) return {};
  return {
    fix: [{ op: 'replace', path: jsonPointer([...place, 'path']), value: `/(${prefix.slice(1)}/.*)` }],
  };
}

/** "If the original URI was matched based on prefix, the value provided in this field will replace the corresponding matched prefix." */
function* istioFindings({ object: route, cluster }: Review): Iterable<Finding> {
  const destinations = destinationsOf(route);
  for (const [i, http] of listAt(route.object, 'spec', 'http').entries()) {
    const field = ['spec', 'http', i, 'rewrite', 'uri'];
    const target = stringAt(http, 'rewrite', 'uri');
    const backends = destinations.filter(({ route: place }) => place?.[2] === i);
    const isMesh = backends.length > 0 && backends.every(({ service }) => leadsToMesh(cluster, service));
    if (target === undefined || !isMesh) continue;
    const paths = listAt(http, 'match').map((match) => stringAt(match, 'uri', 'prefix') ?? '');
    const isAlone = Object.keys(objectAt(http, 'rewrite')).length === 1;
    const isLost = (path: string): boolean => lostPrefix(path, target, []) !== undefined;
    for (const path of new Set(paths.filter(isLost)))
      yield {
        problem: 'prefix-lost',
        field,
        data: { route: nameOf(route), path, target, prefix: lostPrefix(path, target, []) ?? '' },
        key: `prefix-lost ${path} ${target}`,
        ...(paths.every(isLost)
          ? { fix: [{ op: 'remove', path: jsonPointer(isAlone ? field.slice(0, -1) : field) }] }
          : {}),
      };
  }
}
