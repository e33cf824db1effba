import { listAt, objectAt, stringAt } from '../model/json.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { webhooksOf } from './webhook-configurations.ts';

/** Holds, while the guard is out of the way, how its webhooks were. */
const BEFORE = 'seldon-guard.io/before-off';
/** A condition that no request meets: the API server does not call the webhook at all. */
const NEVER = { name: 'seldon-guard-is-off', expression: 'false' };

/**
 * The configuration with the guard out of the way: no request is sent to it, and none fails for its sake. It says how it was,
 * so that `switchedOn` can put it back. The very same object where it is off already.
 */
export function switchedOff(configuration: JsonObject): JsonObject {
  if (annotationOf(configuration) !== undefined) return configuration;
  const webhooks = webhooksOf(configuration);
  const before = Object.fromEntries(
    webhooks.map((webhook) => [
      stringAt(webhook, 'name') ?? '',
      stringAt(webhook, 'failurePolicy') ?? 'Fail',
    ]),
  );
  return {
    ...withAnnotation(configuration, JSON.stringify(before)),
    webhooks: webhooks.map((webhook) => ({
      ...webhook,
      failurePolicy: 'Ignore',
      matchConditions: [...listAt(webhook, 'matchConditions'), NEVER],
    })),
  };
}

/** Whether the guard is out of the way. */
export function isOff(configuration: Json): boolean {
  return annotationOf(configuration) !== undefined;
}

/** The configuration as it was before `switchedOff`; the very same object where it is on. */
export function switchedOn(configuration: JsonObject): JsonObject {
  const kept = annotationOf(configuration);
  if (kept === undefined) return configuration;
  const before = policiesIn(kept);
  return {
    ...withAnnotation(configuration, undefined),
    webhooks: webhooksOf(configuration).map((webhook) => {
      const conditions = listAt(webhook, 'matchConditions').filter(
        (condition) => stringAt(condition, 'name') !== NEVER.name,
      );
      const { matchConditions: _, ...rest } = webhook;
      return {
        ...rest,
        failurePolicy: stringAt(before, stringAt(webhook, 'name') ?? '') ?? 'Ignore',
        ...(conditions.length > 0 ? { matchConditions: conditions } : {}),
      };
    }),
  };
}

function annotationOf(configuration: Json): string | undefined {
  return stringAt(configuration, 'metadata', 'annotations', BEFORE);
}

function withAnnotation(configuration: JsonObject, value: string | undefined): JsonObject {
  const { [BEFORE]: _, ...others } = objectAt(configuration, 'metadata', 'annotations');
  const annotations = value === undefined ? others : { ...others, [BEFORE]: value };
  return { ...configuration, metadata: { ...objectAt(configuration, 'metadata'), annotations } };
}

/** What somebody has spoilt by hand says nothing, and the webhooks come back with Ignore. */
function policiesIn(kept: string): Json {
  try {
    return JSON.parse(kept) as Json;
  } catch {
    return null;
  }
}
