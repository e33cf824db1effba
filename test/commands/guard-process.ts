import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Test } from 'tap';

/** The command line as a checkout runs it. */
export const MAIN = join(import.meta.dirname, '../../src/main.ts');

/** What a process printed, and how it ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs the guard with these arguments to its end. */
export function guard(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return run(process.execPath, [MAIN, ...args], options);
}

/**
 * A command line that drops what tap puts into the environment of every child: its colours, and the loaders that each Node
 * would start with. `env` becomes the program, so signals reach it.
 */
export function asUsersStartIt(program: string, args: readonly string[]): [string, string[]] {
  return ['env', ['-u', 'FORCE_COLOR', '-u', 'NODE_OPTIONS', program, ...args]];
}

/** Runs any program to its end. Its output is a pipe, and tap's wish for colours is not handed on. */
export async function run(
  program: string,
  args: readonly string[],
  { input = '', cwd, env }: RunOptions = {},
): Promise<Ended> {
  const child = spawn(...asUsersStartIt(program, args), { cwd, env: { ...process.env, ...env } });
  const kill = killedWithUs(child);
  const printed = collect(child);
  child.stdin.on('error', () => undefined).end(input);
  await printed.ended;
  process.off('exit', kill);
  return {
    code: child.exitCode,
    signal: child.signalCode,
    stdout: printed.stdout(),
    stderr: printed.stderr(),
  };
}

/** A folder that goes with the test. */
export interface Folder {
  /** The path of a file in it, whether it exists or not. */
  path(name: string): string;
  write(name: string, text: string): string;
  read(name: string): string;
}

export function temporaryFolder(t: Pick<Test, 'teardown'>): Folder {
  const folder = mkdtempSync(join(tmpdir(), 'seldon-guard-test-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const path = (name: string): string => join(folder, name);
  return {
    path,
    write(name, text) {
      if (dirname(name) !== '.') throw new Error(`${name}: no folders here`);
      writeFileSync(path(name), text);
      return path(name);
    },
    read: (name) => readFileSync(path(name), 'utf8'),
  };
}

/** A test that is killed must not leave processes behind. */
export function killedWithUs(child: ChildProcess): () => void {
  const kill = (): void => void child.kill('SIGKILL');
  process.on('exit', kill);
  return kill;
}

/** What a process has printed so far. */
export interface Collected {
  /** Settles once it has ended and everything printed has been read. */
  readonly ended: Promise<void>;
  stdout(): string;
  stderr(): string;
}

export function collect(child: ChildProcess): Collected {
  const texts = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream]?.setEncoding('utf8').on('data', (text: string) => (texts[stream] += text));
  // `close`, not `exit`: everything printed has been read.
  const ended = new Promise<void>((resolve) => void child.once('close', () => resolve()));
  return { ended, stdout: () => texts.stdout, stderr: () => texts.stderr };
}
