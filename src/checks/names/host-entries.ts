import type { Directive, ServerBlock } from '../../model/corefile.ts';
import { isIn, zonesOf } from '../../model/corefile-zone.ts';
import type { TextEdit } from './text-edits.ts';

/** A word of a text, by place. */
interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** A name that plugin hosts answers for. */
export interface HostEntry {
  readonly name: string;
  readonly address: string;
  /** The key of the ConfigMap that it stands in. */
  readonly key: string;
  /** What takes it out of the text. */
  readonly removal: TextEdit;
  /** What takes out the line that it stands in, of which all the names have the very same one, and how many they are. */
  readonly line: TextEdit;
  readonly names: number;
}

/**
 * The names that the hosts lines of some blocks answer for, each with its address: those written in braces, and those of
 * the files that are keys of the ConfigMap, as k3s keeps NodeHosts beside the Corefile. Plugin hosts comes before plugin
 * kubernetes whatever the order of lines (coredns plugin.cfg), so that the cluster is not asked for them.
 */
export function hostEntries(
  blocks: readonly ServerBlock[],
  key: string,
  textOf: (key: string) => string | undefined,
): readonly HostEntry[] {
  return blocks.flatMap((block) =>
    block.directives
      .filter(({ name }) => name === 'hosts')
      .flatMap((directive) => entriesOf(directive, block, key, textOf)),
  );
}

function entriesOf(
  { args: [file, ...zones], body }: Directive,
  block: ServerBlock,
  key: string,
  textOf: (key: string) => string | undefined,
): readonly HostEntry[] {
  const inline = body.flatMap((line) => lineEntries(line, key, textOf(key) ?? ''));
  const name = file?.text.split('/').at(-1) ?? '';
  const text = name === '' || name === key ? undefined : textOf(name);
  const filed = text === undefined ? [] : wordsOf(text).flatMap((line) => lineEntries(line, name, text));
  // "hosts [FILE [ZONES...]]"
  const own = zonesOf(zones, block);
  return [...inline, ...filed].filter((entry) => own.some((zone) => isIn(hostName(entry.name), zone)));
}

/** A host's name as it is compared. */
export function hostName(text: string): string {
  return text.toLowerCase().replace(/\.$/, '');
}

/** A line of /etc/hosts: an address and names; of plugin hosts' own options none begins with an address. */
function lineEntries([first, ...names]: readonly Word[], key: string, text: string): HostEntry[] {
  const last = names.at(-1);
  if (first === undefined || last === undefined || !/^[\d.]+$|:/.test(first.text)) return [];
  const line = { key, ...wholeLine(text, first.start, last.end), text: '' };
  return names.map((name) => ({
    name: name.text,
    address: first.text,
    key,
    removal: { key, start: withBlank(text, name.start), end: name.end, text: '' },
    line,
    names: names.length,
  }));
}

/** A part of a text, or the whole line that it is in where nothing else stands there. */
function wholeLine(text: string, start: number, end: number): { start: number; end: number } {
  const before = text.lastIndexOf('\n', start - 1) + 1;
  const newline = text.indexOf('\n', end);
  const after = newline < 0 ? text.length : newline + 1;
  const rest = text.slice(before, start) + text.slice(end, after);
  return rest.trim() === '' ? { start: before, end: after } : { start, end };
}

function withBlank(text: string, start: number): number {
  return start - (/[ \t]*$/.exec(text.slice(Math.max(0, start - 80), start))?.[0].length ?? 0);
}

/** The words of a text of the form of /etc/hosts, by line, without comments. */
function wordsOf(text: string): readonly (readonly Word[])[] {
  const lines: Word[][] = [[]];
  for (const match of text.matchAll(/#[^\n]*|\n|[^\s#]+/g)) {
    const [word] = match;
    if (word === '\n') lines.push([]);
    else if (!word.startsWith('#'))
      lines.at(-1)?.push({ text: word, start: match.index, end: match.index + word.length });
  }
  return lines;
}
