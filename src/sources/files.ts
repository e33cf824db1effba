import { resolve } from 'node:path';
import type { Manifest } from '../model/manifest.ts';
import { findFiles } from './find-files.ts';
import { kustomizePatches } from './kustomize-patches.ts';
import { manifestsIn } from './manifests-in.ts';
import type { Manifests, ManifestsOfText } from './manifests-in.ts';
import { readStream, readText } from './read-text.ts';
import type { Text } from './read-text.ts';

export interface ReadOptions {
  /** The namespace of namespaced objects that name none; `default` without it. */
  readonly namespace?: string | undefined;
  /** What `-` reads; the process's standard input without it. */
  readonly stdin?: AsyncIterable<Uint8Array | string> | undefined;
}

/** How standard input is called where a file's name is expected. */
const STDIN = 'stdin';

/**
 * The manifests in files, folders and standard input (`-`), in the order of the paths, each file once; a file that a
 * kustomization among them has for a patch is skipped. What cannot be read is said in the result; nothing is thrown.
 */
export async function readManifests(paths: readonly string[], options: ReadOptions = {}): Promise<Manifests> {
  const parts: ManifestsOfText[] = [];
  const seen = new Set<string>();
  for (const path of new Set(paths)) {
    if (path === '-') {
      parts.push(inText(await readStream(options.stdin ?? process.stdin), STDIN, true, options));
      continue;
    }
    for (const { file, named, trouble } of findFiles(path, seen))
      parts.push(inText(trouble === undefined ? readText(file) : { trouble }, file, named, options));
  }
  const patches = kustomizePatches(parts.flatMap((part) => part.kustomizations));
  const isPatch = (file: string): boolean => patches.has(resolve(file));
  const manifests = parts.flatMap((part) => part.manifests);
  const unreadable = parts.flatMap((part) => part.unreadable);
  const files = [...manifests.map(fileOf), ...unreadable.map(({ file }) => file)];
  return {
    manifests: manifests.filter((manifest) => !isPatch(fileOf(manifest))),
    unreadable: unreadable.filter(({ file }) => !isPatch(file)),
    skipped: [
      ...parts.flatMap((part) => part.skipped),
      ...[...new Set(files)].filter(isPatch).map((file) => ({
        file,
        line: 1,
        message: `${file} is a patch for kustomize, whose output is judged: kustomize build . | seldon-guard scan -.`,
      })),
    ],
  };
}

function fileOf({ origin }: Manifest): string {
  return origin.from === 'file' ? origin.file : '';
}

/** An empty file in a folder is nothing; one that was named, or an empty pipe, is a mistake to speak of. */
function inText(read: Text, file: string, named: boolean, { namespace }: ReadOptions): ManifestsOfText {
  if ('trouble' in read) return unreadable(file, read.trouble);
  const found = manifestsIn(read.text, file, namespace);
  if (found.manifests.length + found.unreadable.length + found.skipped.length > 0) return found;
  const nothing = read.text.trim() === '' ? 'is empty' : 'holds no objects, only comments or empty lists';
  if (named)
    return unreadable(file, file === STDIN ? `${nothing}; did the command before the pipe fail?` : nothing);
  const skipped = [{ file, line: 1, message: `${file} ${nothing}.` }];
  return { manifests: [], unreadable: [], skipped, kustomizations: [] };
}

function unreadable(file: string, why: string): ManifestsOfText {
  const message = `${file} ${why}${why.endsWith('?') ? '' : '.'}`;
  return { manifests: [], unreadable: [{ file, message }], skipped: [], kustomizations: [] };
}
