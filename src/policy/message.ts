import type { Data } from './check.ts';

/** The names of the placeholders in a message: `{from} cannot reach {to}` gives from and to. */
export function placeholdersOf(message: string): string[] {
  return [...message.matchAll(/\{([\w-]+)\}/g)].map((match) => match[1] ?? '');
}

/** The message with its placeholders filled. One without a value stays as it is: the catalogue refuses such messages. */
export function fill(message: string, data: Data): string {
  let text = '';
  for (const { before, placeholder } of partsOf(message)) {
    text += before;
    if (placeholder !== undefined)
      text += Object.hasOwn(data, placeholder) ? String(data[placeholder]) : `{${placeholder}}`;
  }
  return text.trim();
}

/** Some words, and the placeholder behind them. */
interface Part {
  readonly before: string;
  readonly placeholder: string | undefined;
}

/** Messages are the catalogue's, a fixed few: each is taken apart once. */
const parts = new Map<string, readonly Part[]>();

function partsOf(message: string): readonly Part[] {
  let found = parts.get(message);
  if (found === undefined) {
    const pieces = message.split(/\{([\w-]+)\}/);
    found = pieces.flatMap((before, i) => (i % 2 === 0 ? [{ before, placeholder: pieces[i + 1] }] : []));
    parts.set(message, found);
  }
  return found;
}
