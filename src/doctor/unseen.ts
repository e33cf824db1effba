import type { Examined } from '../reports/health.ts';
import type { Installation } from './installation.ts';
import { unknown } from './look.ts';

/** The webhook configurations that are not to be seen, each as what an examination of them says. */
export function unseen({ registered, name }: Installation, check: string): Examined[] {
  return registered.flatMap(({ configuration: { kind }, sight }) =>
    sight.is === 'hidden' ? [unknown(check, `${kind} ${name}`, sight)] : [],
  );
}
