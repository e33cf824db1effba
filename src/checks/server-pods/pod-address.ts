import ipaddr from 'ipaddr.js';
import { sourceName, textOf, written } from '../../model/container-env.ts';
import type { Value } from '../../model/container-env.ts';
import { listAt, stringAt } from '../../model/json.ts';
import type { JsonObject } from '../../model/json.ts';
import { isAddress } from '../names/cluster-dns.ts';
import { once } from '../../model/once.ts';

/**
 * What a host name or address means inside a pod. All containers of a pod share its network namespace, so that
 * loopback and the pod's own address lead to every one of them.
 */
export type PodAddress =
  /** One loopback address: IPv4's with its text, or `::1`. */
  | { readonly at: 'loopback'; readonly address: string }
  /** `localhost`: 127.0.0.1 and ::1, as the kubelet writes the pod's hosts file. */
  | { readonly at: 'localhost' }
  /** The unspecified address: to dial it is to dial loopback, to listen on it is to listen on all of its family. */
  | { readonly at: 'any'; readonly family: 4 | 6 }
  /** The pod's own address. */
  | { readonly at: 'pod' }
  | { readonly at: 'node' }
  | { readonly at: 'address'; readonly address: string }
  | { readonly at: 'name'; readonly name: string }
  /** Neither a host name nor an address. */
  | { readonly at: 'nowhere' }
  | { readonly at: 'unknown'; readonly because: string };

// fieldPaths of the downward API (core/v1 ObjectFieldSelector). A pod's name is its host name, in its hosts file.
const OWN_FIELDS = ['status.podIP', 'status.podIPs', 'metadata.name'];
const NODE_FIELDS = ['status.hostIP', 'status.hostIPs', 'spec.nodeName'];
/** k8s.io/kubernetes pkg/kubelet/kubelet_pods.go, managedHostsFileContent. */
const LOOPBACK6_NAMES = ['ip6-localhost', 'ip6-loopback'];

/** What a value means in a pod of this spec. */
export function podAddressOf(value: Value, spec: JsonObject): PodAddress {
  const text = textOf(value);
  if (text !== undefined) return ofText(text, spec);
  const [only, ...others] = value;
  if (others.length === 0 && only !== undefined && typeof only !== 'string' && only.from === 'field') {
    if (OWN_FIELDS.includes(only.path)) return { at: 'pod' };
    // On the host's network the pod has the node's address.
    if (NODE_FIELDS.includes(only.path)) return spec['hostNetwork'] === true ? { at: 'pod' } : { at: 'node' };
  }
  const source = value.find((part) => typeof part !== 'string' && part.from !== 'field');
  if (source !== undefined && typeof source !== 'string')
    return {
      at: 'unknown',
      because: `${source.from === 'envFrom' ? 'may come' : 'comes'} from ${sourceName(source)}`,
    };
  // A name put together from the pod's own (`$(POD_NAME).mlserver`) is one that only DNS knows.
  return { at: 'name', name: written(value) };
}

function ofText(text: string, spec: JsonObject): PodAddress {
  const host = text.trim().replace(/^\[(.*)\]$/, '$1');
  if (isAddress(host)) return ofAddress(host);
  const name = host.toLowerCase().replace(/\.$/, '');
  if (name === 'localhost') return { at: 'localhost' };
  if (LOOPBACK6_NAMES.includes(name)) return { at: 'loopback', address: '::1' };
  const address = aliasesOf(spec).get(name);
  if (address !== undefined && isAddress(address)) return ofAddress(address);
  if (name !== '' && name === stringAt(spec, 'hostname')) return { at: 'pod' };
  return /^[\w$][\w.-]*$/.test(name) && !name.includes('$') ? { at: 'name', name } : { at: 'nowhere' };
}

const ALIASES = Symbol('host aliases');

/** The names that a pod's hostAliases give to addresses; remembered, for a pod may have many of both. */
function aliasesOf(spec: JsonObject): ReadonlyMap<string, string> {
  return once(spec, ALIASES, readAliases);
}

function readAliases(spec: JsonObject): ReadonlyMap<string, string> {
  const aliases = new Map<string, string>();
  for (const entry of listAt(spec, 'hostAliases'))
    for (const name of listAt(entry, 'hostnames'))
      if (typeof name === 'string' && !aliases.has(name.toLowerCase()))
        aliases.set(name.toLowerCase(), stringAt(entry, 'ip') ?? '');
  return aliases;
}

function ofAddress(text: string): PodAddress {
  const parsed = ipaddr.process(text);
  const range = parsed.range();
  const address = parsed.toString();
  if (range === 'unspecified') return { at: 'any', family: parsed.kind() === 'ipv4' ? 4 : 6 };
  if (range === 'loopback') return { at: 'loopback', address };
  return { at: 'address', address };
}

/** The answer to whether a server that listens at `bound` is met at `dialled`; undefined where it cannot be told. */
export function listensAt(bound: PodAddress, dialled: PodAddress): boolean | undefined {
  if (bound.at === 'unknown' || bound.at === 'name' || bound.at === 'node') return undefined;
  if (bound.at === 'address' || bound.at === 'nowhere') return undefined;
  if (bound.at === 'any' && bound.family === 6) return true;
  switch (dialled.at) {
    case 'pod':
      return bound.at === 'pod' || bound.at === 'any';
    case 'localhost':
      return (
        bound.at === 'any' ||
        bound.at === 'localhost' ||
        (bound.at === 'loopback' && isDefaultLoopback(bound.address))
      );
    case 'any':
      return listensAt(bound, { at: 'loopback', address: dialled.family === 4 ? '127.0.0.1' : '::1' });
    case 'loopback':
      if (bound.at === 'any') return dialled.address !== '::1';
      if (bound.at === 'localhost') return isDefaultLoopback(dialled.address);
      return bound.at === 'loopback' && bound.address === dialled.address;
    default:
      return undefined;
  }
}

/** Why it cannot be told whether a server that is to listen there is met inside the pod; undefined where it can. */
export function unclear(bound: PodAddress): string | undefined {
  switch (bound.at) {
    case 'unknown':
      return bound.because;
    case 'name':
      return 'is a name that may be another host';
    case 'node':
    case 'address':
      return "is an address that may not be the pod's";
    case 'nowhere':
      return 'is neither a host name nor an address';
    default:
      return undefined;
  }
}

function isDefaultLoopback(address: string): boolean {
  return address === '127.0.0.1' || address === '::1';
}
