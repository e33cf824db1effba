import { parse } from 'yaml';
import { closed } from '../../src/model/labels.ts';
import type { Labels } from '../../src/model/labels.ts';
import { manifestOf } from '../../src/model/manifest.ts';
import type { Peer, Pod, Protocol } from '../../src/network/pod.ts';
import { compilePolicy } from '../../src/network/policy.ts';
import type { NetworkPolicy } from '../../src/network/policy.ts';
import { reach } from '../../src/network/reach.ts';
import type { Reach } from '../../src/network/reach.ts';

/** The labels of namespace `x`: its automatic name and `team: x`. */
export function namespaceLabels(namespace: string): Labels {
  return closed({ 'kubernetes.io/metadata.name': namespace, team: namespace });
}

/** Pod `client` in namespace `a`, labelled `app: client`, unless said otherwise. */
export function pod(name = 'client', but: Partial<Omit<Pod, 'kind' | 'name'>> = {}): Pod {
  return {
    kind: 'pod',
    name,
    namespace: 'a',
    labels: closed({ app: name }),
    namespaceLabels: namespaceLabels(but.namespace ?? 'a'),
    ports: [],
    addresses: ['10.0.0.1'],
    hostNetwork: false,
    ...but,
  };
}

export const server = pod('server', {
  addresses: ['10.0.0.2'],
  ports: [
    { name: 'http', port: 80, protocol: 'TCP' },
    { name: 'dns', port: 53, protocol: 'UDP' },
  ],
});

export function address(ip: string): Peer {
  return { kind: 'address', ip };
}

/** A NetworkPolicy in namespace `a` with this spec, written in YAML. */
export function policy(spec: string, name = 'policy', namespace = 'a'): NetworkPolicy {
  const object = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name, namespace } };
  return compilePolicy(manifestOf({ ...object, spec: parse(spec) }, { from: 'request' }));
}

/** Whether `from` reaches `to` on TCP 80, unless said otherwise. */
export function ask(
  policies: readonly NetworkPolicy[],
  from: Peer,
  to: Peer,
  port = 80,
  protocol: Protocol = 'TCP',
): Reach {
  return reach({ from, to, port, protocol }, (namespace) =>
    policies.filter((p) => p.namespace === namespace),
  );
}
