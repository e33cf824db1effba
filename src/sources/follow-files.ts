import { readFile } from 'node:fs/promises';
import { findFiles } from './find-files.ts';

/**
 * Calls `changed` whenever the text of one of the files is another one, or of a YAML or JSON file in one of the folders, until
 * `signal`. By looking now and then: a ConfigMap or Secret that is mounted changes by a symbolic link two folders above, which
 * file system events tell unreliably. A path that joins `paths` later is followed from then on.
 */
export function followFiles(
  paths: () => readonly string[],
  everyMs: number,
  signal: AbortSignal,
  changed: () => void,
): void {
  const look = async (): Promise<ReadonlyMap<string, string>> =>
    new Map(
      await Promise.all(paths().map(async (path) => [path, await textBehind(path)] as [string, string])),
    );
  let last = look();
  let isLooking = false;
  const timer = setInterval(() => {
    if (isLooking) return;
    isLooking = true;
    void Promise.all([last, look()]).then(([before, now]) => {
      isLooking = false;
      last = Promise.resolve(now);
      const isSame = [...now].every(([path, text]) => (before.get(path) ?? text) === text);
      if (!isSame && !signal.aborted) changed();
    });
  }, everyMs);
  timer.unref();
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}

/** The text of a file, or of all files of a folder with their names; what cannot be read is a text of its own. */
async function textBehind(path: string): Promise<string> {
  const texts = await Promise.all(
    findFiles(path).map(async ({ file }) => [
      file,
      await readFile(file, 'utf8').catch(({ code }: NodeJS.ErrnoException) => `${code}`),
    ]),
  );
  return JSON.stringify(texts);
}
