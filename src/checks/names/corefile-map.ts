import { corefileOf } from '../../model/corefile.ts';
import type { Corefile, ServerBlock } from '../../model/corefile.ts';
import { stringsAt } from '../../model/json.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { ObjectName } from '../../model/object-name.ts';
import type { Finding } from '../../policy/check.ts';
import type { TextEdit } from './text-edits.ts';

/** Where the cluster's DNS has its ConfigMaps. */
export const COREFILE_HOME = 'kube-system';
/** Where distributions keep its Corefile: kubeadm, k3s and most others; RKE2's chart. */
export const COREFILE_MAPS: readonly string[] = ['coredns', 'rke2-coredns-rke2-coredns'];
/** The key that it has there. */
export const COREFILE_KEY = 'Corefile';
/** What k3s, AKS and others import into it: server blocks from `*.server`, plugins for the root zone from `*.override`. */
export const CUSTOM_MAP = 'coredns-custom';
/** All of them: what is judged, and looked at beside it. */
export const COREFILE_NAMES: readonly Required<ObjectName>[] = [...COREFILE_MAPS, CUSTOM_MAP].map((name) => ({
  namespace: COREFILE_HOME,
  name,
}));

/** A Corefile, or what is imported into one, and the key of the ConfigMap that it stands in. */
export interface CorefileText {
  readonly key: string;
  readonly text: string;
  readonly corefile: Corefile;
}

/** What is wrong with one, and the edit that cures it. */
export interface CorefileFinding {
  readonly finding: Finding;
  readonly edit?: TextEdit | undefined;
}

/** What there is of Corefiles in a ConfigMap. */
export function corefileTexts({ object, name }: Manifest): readonly CorefileText[] {
  return Object.entries(stringsAt(object, 'data')).flatMap(([key, text]) => {
    if (name !== CUSTOM_MAP) return key === COREFILE_KEY ? [{ key, text, corefile: corefileOf(text) }] : [];
    const isInside = key.endsWith('.override');
    return isInside || key.endsWith('.server') ? [{ key, text, corefile: corefileOf(text, isInside) }] : [];
  });
}

/** The server blocks of some ConfigMaps. */
export function blocksIn(maps: readonly (Manifest | undefined)[]): readonly ServerBlock[] {
  return maps.flatMap((map) =>
    map === undefined ? [] : corefileTexts(map).flatMap(({ corefile }) => corefile.blocks),
  );
}
