import type { Examined } from '../reports/health.ts';
import { VERSION } from '../sources/version.ts';
import type { Figures } from './replica-figures.ts';

/** Whether all replicas that could be asked are of one make, and of the same as this command. */
export function versions(seen: readonly Figures[], namespace: string): Examined[] {
  if (seen.length === 0) return [];
  const check = 'versions';
  const about = `replicas in namespace ${namespace}`;
  const running = [...new Set(seen.map(({ version }) => version))].toSorted();
  const catalogues = new Set(seen.map(({ catalogue }) => catalogue));
  if (running.length > 1 || catalogues.size > 1)
    return [
      {
        check,
        state: 'warning',
        about,
        says: `they do not all judge by the same policies (versions ${running.join(', ')}; ${catalogues.size} catalogues), so that an answer depends on who is asked.`,
        remedy: `Let the rollout end, or see why it does not: kubectl -n ${namespace} rollout status deployment`,
      },
    ];
  if (running[0] !== VERSION)
    return [
      {
        check,
        state: 'warning',
        about,
        says: `they run version ${running[0]}, and this command is version ${VERSION}.`,
        remedy: `Ask with the command of version ${running[0]}, or upgrade the chart.`,
      },
    ];
  return [{ check, state: 'ok', about, says: `they run version ${VERSION}, as this command is.` }];
}
