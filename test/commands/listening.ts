import type { ChildProcess } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import type { Test } from 'tap';
import { collect, killedWithUs } from './guard-process.ts';
import type { Collected } from './guard-process.ts';

/** A `serve` that listens. */
export interface Listening {
  readonly port: number;
  readonly probePort: number;
  readonly printed: Collected;
}

/** Waits until a `serve` that was started says on which ports it listens; it is killed with the test. */
export async function listening(t: Pick<Test, 'teardown'>, child: ChildProcess): Promise<Listening> {
  const kill = killedWithUs(child);
  const printed = collect(child);
  t.teardown(async () => {
    kill();
    await printed.ended;
    process.off('exit', kill);
  });
  let ports: RegExpExecArray | null = null;
  while ((ports = /listening on https:\S+:(\d+), probes on http:\S+:(\d+)/.exec(printed.stdout())) === null) {
    if (child.exitCode !== null) throw new Error(`serve ended: ${printed.stdout()}${printed.stderr()}`);
    await wait(20);
  }
  const [port, probePort] = ports.slice(1).map(Number) as [number, number];
  return { port, probePort, printed };
}
