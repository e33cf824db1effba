/**
 * What is worked out of an object once, kept on the object itself for as long as that lives. The property is hidden, so
 * that copies and JSON do not have it; an object that takes no properties (a frozen one) is worked out each time.
 */
export function once<Owner extends object, T>(owner: Owner, key: symbol, compute: (owner: Owner) => T): T {
  const kept = (owner as Record<symbol, T | undefined>)[key];
  if (kept !== undefined) return kept;
  const value = compute(owner);
  keep(owner, key, value);
  return value;
}

/** Puts a hidden property on an object, or another value into it. */
export function keep(owner: object, key: symbol, value: unknown): void {
  if (Object.isExtensible(owner)) Object.defineProperty(owner, key, { value, configurable: true });
}

/** The value of a hidden property, if it was put there. */
export function kept<T>(owner: object, key: symbol): T | undefined {
  return (owner as Record<symbol, T | undefined>)[key];
}
