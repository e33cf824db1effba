import { readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileTrouble } from './read-text.ts';

/** A file to read, or what is the matter with it: a sentence that lacks its subject. */
export interface FoundFile {
  readonly file: string;
  /** Named by the user, not come upon in a folder. */
  readonly named: boolean;
  readonly trouble?: string;
}

const MANIFEST = /\.(?:ya?ml|json)$/i;

/**
 * The files behind a path: the file itself, or the YAML and JSON files of a folder and of the folders in it, by
 * name. Hidden folders and node_modules are left out (so that a ConfigMap's volume, whose files are links into
 * a hidden folder, is read once). `seen` holds real paths: nothing is given twice.
 */
export function findFiles(path: string, seen: Set<string> = new Set()): readonly FoundFile[] {
  let found: readonly FoundFile[];
  try {
    // What is no folder may be a pipe: `scan <(helm template chart)`.
    found = statSync(path).isDirectory() ? folder(path, new Set()) : [{ file: path, named: true }];
  } catch (error) {
    return [{ file: path, named: true, trouble: fileTrouble(error) }];
  }
  if (found.length === 0)
    return [{ file: path, named: true, trouble: 'holds no *.yaml, *.yml or *.json file' }];
  return found.filter(({ file }) => isNew(file, seen));
}

/** `folders` are those on the way and those done: a link in a circle ends there. */
function folder(path: string, folders: Set<string>): readonly FoundFile[] {
  let names: string[];
  try {
    if (!isNew(path, folders)) return [];
    names = readdirSync(path).toSorted();
  } catch (error) {
    return [{ file: path, named: false, trouble: fileTrouble(error) }];
  }
  return names.flatMap((name) => entry(join(path, name), name, folders));
}

function entry(path: string, name: string, folders: Set<string>): readonly FoundFile[] {
  try {
    const stat = statSync(path);
    if (stat.isDirectory())
      return name.startsWith('.') || name === 'node_modules' ? [] : folder(path, folders);
    return stat.isFile() && MANIFEST.test(name) ? [{ file: path, named: false }] : [];
  } catch (error) {
    // A link that leads nowhere matters only if a manifest should be there.
    return MANIFEST.test(name) ? [{ file: path, named: false, trouble: fileTrouble(error) }] : [];
  }
}

function isNew(path: string, seen: Set<string>): boolean {
  const real = realPath(path);
  return !seen.has(real) && Boolean(seen.add(real));
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // A pipe in /dev/fd has none.
    return path;
  }
}
