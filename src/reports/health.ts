/** How something stands. `unknown`: it could not be looked at, and the sentence says why. */
export type State = 'ok' | 'warning' | 'wrong' | 'unknown';

/** One thing that was looked at from outside. */
export interface Examined {
  /** What was examined, in a word that stays the same from version to version. */
  readonly check: string;
  readonly state: State;
  /** What it is about: `Service seldon-guard/seldon-guard`. */
  readonly about: string;
  /** A sentence: what, then because. */
  readonly says: string;
  /** What to do about it; nothing where all is well. */
  readonly remedy?: string;
}

/** An installation, looked over. */
export interface Health {
  /** Of the one who looked. */
  readonly version: string;
  readonly server: string;
  readonly namespace: string;
  /** The name of the webhook configurations. */
  readonly webhooks: string;
  readonly examined: readonly Examined[];
}

const STATES: readonly State[] = ['wrong', 'warning', 'unknown', 'ok'];

/** As JSON, two spaces deep: keys and their order do not change, `examined` comes in the order of the examinations. */
export function healthJson(health: Health): string {
  const { version, server, namespace, webhooks, examined } = health;
  const rows = examined.map(({ check, state, about, says, remedy }) => ({
    check,
    state,
    about,
    says,
    remedy: remedy ?? null,
  }));
  const summary = Object.fromEntries(STATES.map((state) => [state, countOf(health, state)]));
  return `${JSON.stringify({ version, server, namespace, webhooks, examined: rows, summary }, null, 2)}\n`;
}

/** For a terminal: the worst first, each with what to do, and a line that counts. */
export function healthText(health: Health): string {
  const { server, namespace, webhooks, examined } = health;
  const lines = [`seldon-guard in namespace ${namespace}, webhooks ${webhooks}, at ${server}`, ''];
  for (const wanted of STATES)
    for (const { check, state, about, says, remedy } of examined) {
      if (state !== wanted) continue;
      lines.push(`${state.padEnd(7)} ${check}: ${about}: ${says}`);
      if (remedy !== undefined) lines.push(`        To do: ${remedy}`);
    }
  const counts = STATES.map((state) => `${countOf(health, state)} ${state}`).join(', ');
  return `${[...lines, '', counts].join('\n')}\n`;
}

/**
 * The exit code of a look at an installation: 1 where something is wrong, 2 where nothing is but the webhooks themselves could
 * not be looked at, 0 otherwise. Warnings, and what else is unknown, are for whoever reads.
 */
export function healthExitCode({ examined }: Health): 0 | 1 | 2 {
  if (examined.some(({ state }) => state === 'wrong')) return 1;
  return examined.some(({ check, state }) => check === 'registration' && state === 'unknown') ? 2 : 0;
}

function countOf({ examined }: Health, state: State): number {
  return examined.filter((one) => one.state === state).length;
}
