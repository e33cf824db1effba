import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { Test } from 'tap';
import { Agent, request } from 'undici';
import { MAIN, temporaryFolder } from './guard-process.ts';
import type { Ended } from './guard-process.ts';
import { listening } from './listening.ts';

/** A line of the guard's log: a decision or a message. */
export type Line = Readonly<Record<string, unknown>> & { readonly msg: string };

/** `seldon-guard serve` as a process of its own, listening on free ports of loopback. */
export interface Serving {
  readonly port: number;
  readonly probePort: number;
  readonly ca: string;
  readonly process: ChildProcess;
  /** What the webhook answers to an AdmissionReview, its certificate checked against `ca`. */
  ask(webhook: 'validate' | 'mutate', review: unknown): Promise<Answered>;
  /** The text and status of a probe. */
  probe(path: string): Promise<{ status: number; text: string }>;
  /** Its log so far. */
  printed(): string;
  /** Sends SIGTERM and waits for the end. */
  stop(): Promise<Ended>;
}

export interface Answered {
  readonly status: number;
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests reach into answers and compare what they find
  readonly response: any;
}

/**
 * Starts `serve` and waits until it listens; it is killed with the test. Its certificate is verified against `ca`,
 * or else against the CA that it writes itself.
 */
export async function serving(
  t: Pick<Test, 'teardown'>,
  args: readonly string[],
  given?: { readonly ca: string },
): Promise<Serving> {
  const folder = temporaryFolder(t);
  const own = given === undefined ? ['--ca-out', folder.path('ca.pem')] : [];
  const child = spawn(process.execPath, [MAIN, 'serve', '--port=0', '--probe-port=0', ...own, ...args]);
  child.stdin.end();
  const { port, probePort, printed } = await listening(t, child);
  const ca = given?.ca ?? folder.read('ca.pem');
  const agent = new Agent({ connect: { ca } });
  t.teardown(() => agent.destroy());
  return {
    port,
    probePort,
    ca,
    process: child,
    async ask(webhook, review) {
      const { statusCode, body } = await request(`https://127.0.0.1:${port}/${webhook}?timeout=10s`, {
        dispatcher: agent,
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: typeof review === 'string' ? review : JSON.stringify(review),
      });
      const text = await body.text();
      return { status: statusCode, text, response: (JSON.parse(text) as { response?: unknown }).response };
    },
    async probe(path) {
      const { statusCode, body } = await request(`http://127.0.0.1:${probePort}${path}`);
      return { status: statusCode, text: await body.text() };
    },
    printed: () => printed.stdout(),
    async stop() {
      child.kill('SIGTERM');
      await printed.ended;
      return {
        code: child.exitCode,
        signal: child.signalCode,
        stdout: printed.stdout(),
        stderr: printed.stderr(),
      };
    },
  };
}

/** The lines of a log. A line that is no JSON fails the test that asks. */
export function linesOf({ stdout }: Pick<Ended, 'stdout'>): Line[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

/** The decisions among the lines of a log. */
export function decisionsIn(ended: Pick<Ended, 'stdout'>): Line[] {
  return linesOf(ended).filter(({ msg }) => msg === 'decision');
}
