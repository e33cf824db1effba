import { NAME } from './installation.ts';
import type { Installation } from './installation.ts';
import { nameIn } from './look.ts';

/** The command that takes this guard out of the way, or puts it back, for sentences. */
export function verb(which: 'off' | 'on', { name }: Pick<Installation, 'name'>): string {
  return `seldon-guard ${which}${name === NAME ? '' : ` --webhooks ${name}`}`;
}

/** The command that starts the guard's pods again, for sentences. */
export function restart({ deployment, namespace, name }: Installation): string {
  return `kubectl -n ${namespace} rollout restart deployment ${nameIn(deployment) || name}`;
}
