import { BlockList, isIPv4 } from 'node:net';

/**
 * A second reading of NetworkPolicy, straight from the text of the API reference and the concepts page, that shares
 * no code with src/network. It is for a world in which everything is known and every policy is one that the API server
 * admits; it is slow, and as literal as it can be.
 */
export interface WorldPod {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ports: readonly { readonly name?: string; readonly port: number; readonly protocol: string }[];
  readonly address: string;
  readonly hostNetwork: boolean;
  readonly finished: boolean;
  readonly node: string;
}

export interface World {
  readonly namespaces: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly pods: readonly WorldPod[];
  /** An address outside of the cluster. */
  readonly outside: string;
  readonly policies: readonly any[];
}

/** The index of a pod, or 'outside'. */
export type End = number | 'outside';

export function naive(world: World, from: End, to: End, port: number, protocol: string): boolean {
  return side(world, 'Egress', from, to) && side(world, 'Ingress', to, from);

  function side(w: World, type: 'Ingress' | 'Egress', me: End, other: End): boolean {
    if (me === 'outside') return true;
    const pod = w.pods[me]!;
    const peer = other === 'outside' ? undefined : w.pods[other]!;
    if (pod.finished || peer?.finished) return true;
    if (pod === peer) return true;
    if (pod.hostNetwork) return true;
    if (peer?.hostNetwork && peer.node === pod.node) return true;

    const selecting = w.policies.filter(
      (policy) =>
        policy.metadata.namespace === pod.namespace &&
        matches(policy.spec?.podSelector ?? {}, pod.labels) &&
        typesOf(policy).includes(type),
    );
    if (selecting.length === 0) return true;
    const rules = selecting.flatMap((policy) => {
      const list = (type === 'Ingress' ? policy.spec?.ingress : policy.spec?.egress) ?? [];
      return list.map((rule: any) => ({ rule: rule ?? {}, policy }));
    });
    return rules.some(({ rule, policy }) => {
      const peers = (type === 'Ingress' ? rule.from : rule.to) ?? [];
      const ports = rule.ports ?? [];
      const peerOk = peers.length === 0 || peers.some((p: any) => isPeer(w, policy, p, other));
      const portOk = ports.length === 0 || ports.some((p: any) => isPort(w, p));
      return peerOk && portOk;
    });
  }

  function typesOf(policy: any): string[] {
    const written = policy.spec?.policyTypes ?? [];
    if (written.length > 0) return written;
    return (policy.spec?.egress ?? []).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
  }

  function isPeer(w: World, policy: any, peer: any, other: End): boolean {
    if (peer.ipBlock) {
      const address = other === 'outside' ? w.outside : w.pods[other]!.address;
      if (!inRange(peer.ipBlock.cidr, address)) return false;
      return !(peer.ipBlock.except ?? []).some((range: string) => inRange(range, address));
    }
    // Lists every pod that the entry selects, then looks whether the other end is one of them.
    const namespaces = peer.namespaceSelector
      ? Object.keys(w.namespaces).filter((ns) =>
          matches(peer.namespaceSelector, { ...w.namespaces[ns], 'kubernetes.io/metadata.name': ns }),
        )
      : [policy.metadata.namespace];
    const selected = w.pods.filter(
      (pod) =>
        !pod.hostNetwork &&
        namespaces.includes(pod.namespace) &&
        (!peer.podSelector || matches(peer.podSelector, pod.labels)),
    );
    return other !== 'outside' && selected.includes(w.pods[other]!);
  }

  function isPort(w: World, entry: any): boolean {
    const numbers: number[] = [];
    const wanted = entry?.protocol ?? 'TCP';
    const value = entry?.port ?? undefined;
    if (value === undefined) return wanted === protocol;
    if (typeof value === 'string') {
      const destination = to === 'outside' ? undefined : w.pods[to]!;
      for (const declared of destination?.hostNetwork ? [] : (destination?.ports ?? []))
        if (declared.name === value && declared.protocol === wanted) numbers.push(declared.port);
    } else for (let n = value; n <= (entry.endPort ?? value); n++) numbers.push(n);
    return wanted === protocol && numbers.includes(port);
  }
}

function matches(selector: any, labels: Readonly<Record<string, string>>): boolean {
  const has = (key: string): boolean => Object.keys(labels).includes(key);
  const equal = Object.entries(selector.matchLabels ?? {}).every(([k, v]) => has(k) && labels[k] === v);
  const expressions = (selector.matchExpressions ?? []).every((e: any) => {
    if (e.operator === 'Exists') return has(e.key);
    if (e.operator === 'DoesNotExist') return !has(e.key);
    const among = has(e.key) && e.values.includes(labels[e.key]);
    return e.operator === 'In' ? among : !among;
  });
  return equal && expressions;
}

function inRange(cidr: string, address: string): boolean {
  const [network = '', prefix = ''] = cidr.split('/');
  if (isIPv4(network) !== isIPv4(address)) return false;
  const family = isIPv4(network) ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), family);
  return list.check(address, family);
}
