import type { Data } from './check.ts';

/** The names of the placeholders in a message: `{from} cannot reach {to}` gives from and to. */
export function placeholdersOf(message: string): string[] {
  return [...message.matchAll(/\{([a-z][\w-]*)\}/g)].map((match) => match[1] ?? '');
}

/** The message with its placeholders filled. One without a value stays as it is: the catalogue refuses such messages. */
export function fill(message: string, data: Data): string {
  return message
    .replaceAll(/\{([a-z][\w-]*)\}/g, (whole, name: string) =>
      Object.hasOwn(data, name) ? String(data[name]) : whole,
    )
    .trim();
}
