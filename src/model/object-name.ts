/** One object of a kind by its name: of a namespace, or of any where it says none. */
export interface ObjectName {
  readonly namespace?: string;
  readonly name: string;
}

/** Whether an object is the one that is meant. */
export function isNamed(object: Required<ObjectName>, { namespace, name }: ObjectName): boolean {
  return object.name === name && (namespace === undefined || object.namespace === namespace);
}
