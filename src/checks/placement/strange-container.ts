import { listAt, stringAt } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { RuntimeBase } from '../../model/runtime-components.ts';
import { COMPONENT_IDS, COMPONENTS, runtimeComponent } from '../../model/seldon-components.ts';
import { meantBy } from './override-name.ts';

/** A container that an override adds to a component, and that was hardly meant as one more. */
export interface StrangeContainer {
  /** In the override's containers. */
  readonly index: number;
  readonly container: string;
  /** Those that the component has. */
  readonly containers: readonly string[];
  readonly because: string;
  /** Which of them it was most likely meant for. */
  readonly meant: string | undefined;
}

/**
 * The containers of an override that would be added although an existing one was meant: it has no image, without which no
 * pod starts (API server: "spec.containers[].image: Required value"), or it is called as a component or as another one's
 * container. With an image and a name of its own it is a sidecar.
 */
export function strangeContainers(
  component: string,
  override: JsonObject,
  base: RuntimeBase,
): readonly StrangeContainer[] {
  const containers = containersOf(component, base);
  if (containers.length === 0) return [];
  return listAt(override, 'podSpec', 'containers').flatMap((entry, index) => {
    const container = stringAt(entry, 'name') ?? '';
    if (container === '' || containers.includes(container)) return [];
    const because = strangeness(entry, container, component, base);
    if (because === undefined) return [];
    return [{ index, container, containers, because, meant: meantBy(container, containers) }];
  });
}

/** The containers of a component: as its SeldonConfig has them, or as upstream's does. */
function containersOf(name: string, base: RuntimeBase): readonly string[] {
  const definition = base.components.find((component) => component.name === name);
  if (definition?.index !== undefined)
    return listAt(definition.object, 'podSpec', 'containers').flatMap(
      (container) => stringAt(container, 'name') ?? [],
    );
  const component = runtimeComponent(name);
  return component === undefined ? [] : COMPONENTS[component].containers;
}

function strangeness(
  entry: Json,
  container: string,
  component: string,
  base: RuntimeBase,
): string | undefined {
  if ((stringAt(entry, 'image') ?? '') === '') return 'without an image it cannot start';
  if (base.components.some(({ name }) => name === container))
    return `${container} is the name of a component`;
  const others = COMPONENT_IDS.filter(
    (id) => id !== component && COMPONENTS[id].containers.includes(container),
  );
  return others.length === 0 ? undefined : `${container} is a container of ${others.join(', ')}`;
}
