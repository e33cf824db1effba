import { at, numberAt, stringsAt } from '../model/json.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { closed, selects } from '../model/labels.ts';
import type { Examined } from '../reports/health.ts';
import type { Installation } from './installation.ts';
import { itemsOf, nameIn, unknown } from './look.ts';

/** Whether the guard has the replicas that it should have, and whether a drained node leaves it one. */
export function replicas(installation: Installation): Examined[] {
  const { deployments, deployment, namespace } = installation;
  if (deployments.is === 'hidden')
    return ['replicas', 'disruption-budget'].map((check) =>
      unknown(check, `Deployments in namespace ${namespace}`, deployments),
    );
  if (deployment === undefined)
    return [
      {
        check: 'replicas',
        state: 'warning',
        about: `namespace ${namespace}`,
        says: 'no Deployment in it makes the pods behind the Service.',
        remedy: `Name the guard's namespace with --namespace, or install the chart.`,
      },
    ];
  return [ready(deployment, namespace), ...budget(installation, deployment)];
}

function ready(deployment: JsonObject, namespace: string): Examined {
  const about = `Deployment ${namespace}/${nameIn(deployment)}`;
  const check = 'replicas';
  const wanted = numberAt(deployment, 'spec', 'replicas') ?? 1;
  const there = numberAt(deployment, 'status', 'readyReplicas') ?? 0;
  const describe = `kubectl -n ${namespace} describe pods`;
  const says = `${there} of ${wanted} replicas are ready.`;
  if (there === 0)
    return {
      check,
      state: 'wrong',
      about,
      says,
      remedy:
        wanted === 0
          ? `Start it: kubectl -n ${namespace} scale deployment ${nameIn(deployment)} --replicas=2`
          : `See why: ${describe}`,
    };
  if (there < wanted) return { check, state: 'warning', about, says, remedy: `See why: ${describe}` };
  if (wanted === 1)
    return {
      check,
      state: 'warning',
      about,
      says: 'it has one replica, so that nobody answers while that one moves to another node.',
      remedy: "Set replicas to 2 in the chart's values.",
    };
  return { check, state: 'ok', about, says };
}

function budget({ budgets, namespace }: Installation, deployment: JsonObject): Examined[] {
  const check = 'disruption-budget';
  const about = `PodDisruptionBudgets in namespace ${namespace}`;
  if (budgets.is === 'hidden') return [unknown(check, about, budgets)];
  const labels = closed(stringsAt(deployment, 'spec', 'template', 'metadata', 'labels'));
  const found = itemsOf(budgets).find((one) => selects(at(one, 'spec', 'selector'), labels) === 'yes');
  const isSingle = (numberAt(deployment, 'spec', 'replicas') ?? 1) < 2;
  if (found === undefined)
    // With one replica a budget could only keep its node from being drained.
    return isSingle
      ? []
      : [
          {
            check,
            state: 'warning',
            about,
            says: "none selects the guard's pods, so that draining nodes may take all of them at once.",
            remedy: "Set podDisruptionBudget.enabled to true in the chart's values.",
          },
        ];
  return [ofBudget(found, deployment, namespace)];
}

function ofBudget(found: Json, deployment: JsonObject, namespace: string): Examined {
  const check = 'disruption-budget';
  const about = `PodDisruptionBudget ${namespace}/${nameIn(found)}`;
  const wanted = numberAt(deployment, 'spec', 'replicas') ?? 1;
  const [least, most] = [at(found, 'spec', 'minAvailable'), at(found, 'spec', 'maxUnavailable')];
  const isRigid =
    least === '100%' || most === '0%' || most === 0 || (typeof least === 'number' && least >= wanted);
  const text = least === undefined ? `maxUnavailable ${most as string}` : `minAvailable ${least as string}`;
  if (isRigid)
    return {
      check,
      state: 'warning',
      about,
      says: `${text} of ${wanted} lets no pod go, so that no node with one can be drained.`,
      remedy: 'Set minAvailable to 1, and replicas to 2 or more.',
    };
  return { check, state: 'ok', about, says: `${text} of ${wanted} keeps one while nodes are drained.` };
}
