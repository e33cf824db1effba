import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { sameObject } from '../model/manifest.ts';
import type { Manifest } from '../model/manifest.ts';
import { readManifests } from './files.ts';

/** A manifest that shows a policy at work: the last document of a file is applied to the cluster of those before it. */
export interface Example {
  readonly policy: string;
  /** The file's name without its ending: `bad`, `good-renamed`. */
  readonly name: string;
  readonly file: string;
  /** Whether the policy should find something. */
  readonly bad: boolean;
  readonly object: Manifest;
  /** The version of the object among the other documents: the last one is an update of it. */
  readonly previous: Manifest | undefined;
  readonly cluster: readonly Manifest[];
}

/** The examples in a policy's folder: `bad*.yaml` and `good*.yaml`, in the order of their names. */
export async function readExamples(folder: string, policy: string): Promise<Example[]> {
  const files = readdirSync(join(folder, policy)).filter((file) => /^(bad|good)(-[\w-]+)?\.yaml$/.test(file));
  const examples: Example[] = [];
  for (const file of files.toSorted()) {
    const path = join(folder, policy, file);
    const { manifests, unreadable } = await readManifests([path]);
    const object = manifests.at(-1);
    if (unreadable[0] !== undefined) throw new Error(`${path}: ${unreadable[0].message}`);
    if (object === undefined) throw new Error(`${path}: holds no manifest`);
    const cluster = manifests.slice(0, -1);
    examples.push({
      policy,
      name: file.slice(0, -'.yaml'.length),
      file: path,
      bad: file.startsWith('bad'),
      object,
      previous: cluster.find((other) => sameObject(other, object)),
      cluster,
    });
  }
  return examples;
}

/** The policies that a folder holds, by the names of its folders. */
export function policiesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'policy.yaml')))
    .map((entry) => entry.name)
    .toSorted();
}
