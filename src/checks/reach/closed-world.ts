import type { JsonObject } from '../../model/json.ts';
import type { Picture } from '../../model/cluster.ts';
import { manifestOf } from '../../model/manifest.ts';

/** The picture without the NetworkPolicies that these namespaces have, and with these ones. */
export function withOnly(
  picture: Picture,
  namespaces: readonly string[],
  policies: readonly JsonObject[],
): Picture {
  const old = namespaces.flatMap((namespace) => picture.list('NetworkPolicy', namespace));
  const bare = old.reduce((left, policy) => left.without(policy), picture);
  return policies.reduce<Picture>(
    (grown, policy) => grown.with(manifestOf(policy, { from: 'request' })),
    bare,
  );
}

/** The picture in which nothing is admitted in these namespaces: there, whatever is required shows as closed. */
export function closedWorld(picture: Picture, namespaces: readonly string[]): Picture {
  const denials = namespaces.map((namespace) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'nothing', namespace },
    spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
  }));
  return withOnly(picture, namespaces, denials);
}
