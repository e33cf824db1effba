import { Composer, LineCounter, Parser } from 'yaml';
import type { Document } from 'yaml';
import type { Json, Path } from '../model/json.ts';
import { isObject } from '../model/json.ts';
import { jsonFinder } from './json-place.ts';
import { offsetAt } from './yaml-place.ts';
import { BadDocument, valueOf } from './yaml-value.ts';

/** A place in a text; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One document of a text. */
export interface TextDocument {
  readonly value: Json;
  /** Where a field stands, or its nearest parent that the document has. Parses the text anew on first use. */
  readonly placeOf: (path: Path) => Position;
}

/** Why a document could not be read, and where. The other documents of the text are read all the same. */
export interface Trouble extends Position {
  readonly message: string;
}

export interface Documents {
  readonly documents: readonly TextDocument[];
  readonly troubles: readonly Trouble[];
}

/**
 * Every scalar is left as text (`failsafe`): what it means is decided in `yaml-scalar.ts`, as kubectl decides
 * it. Keys are compared there too, as `uniqueKeys` compares every key with every other.
 */
const OPTIONS = {
  schema: 'failsafe',
  resolveKnownTags: false,
  uniqueKeys: false,
  prettyErrors: false,
} as const;

/** The documents of a text: YAML, or JSON. Empty ones and those of comments only are left out. Never throws. */
export function parseDocuments(text: string): Documents {
  // A file with a byte order mark that was appended to another leaves one at the start of a line.
  const clean = text.replaceAll(/^\ufeff/gm, '');
  try {
    return parseJson(clean) ?? parseYaml(clean);
  } catch (error) {
    return { documents: [], troubles: [{ line: 1, column: 1, message: sentence((error as Error).message) }] };
  }
}

function parseYaml(text: string): Documents {
  const documents: TextDocument[] = [];
  const troubles: Trouble[] = [];
  const find = finder(text);
  let index = -1;
  for (const { document, lines } of parsed(text)) {
    index += 1;
    const trouble = (message: string, offset: number): void => {
      troubles.push({ ...position(lines, offset), message });
    };
    const [error] = document.errors;
    if (error !== undefined) trouble(sentence(error.message), error.pos[0]);
    else {
      try {
        const value = valueOf(document, (offset) => position(lines, offset).line);
        // `---` and nothing, or comments only.
        if (value === null) continue;
        documents.push({ value, placeOf: find(index, position(lines, document.contents?.range[0] ?? 0)) });
      } catch (thrown) {
        if (!(thrown instanceof BadDocument)) throw thrown;
        trouble(thrown.message, thrown.offset);
      }
    }
  }
  return { documents, troubles };
}

interface Parsed {
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
}

/** Documents one at a time, so that a large file's syntax trees are not in memory together. */
function* parsed(text: string): Generator<Parsed> {
  const lines = new LineCounter();
  const parser = new Parser(lines.addNewLine);
  for (const document of new Composer(OPTIONS).compose(parser.parse(text)))
    yield { document: document as Document.Parsed, lines };
}

/**
 * JSON's own parser is some sixty times faster, and `kubectl get -o json` makes large files. It does not see
 * duplicate keys: a text with more keys than the value has goes to the YAML parser, which names the place.
 */
function parseJson(text: string): Documents | undefined {
  if (!/^\s*[{[]/.test(text)) return undefined;
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
  const keys = keysIn(value);
  if (keys === undefined) return undefined;
  let written = 0;
  for (const [, colon] of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)) if (colon !== undefined) written += 1;
  if (written !== keys) return undefined;
  return { documents: [{ value, placeOf: placesInJson(text) }], troubles: [] };
}

function placesInJson(text: string): (path: Path) => Position {
  let lines: LineCounter | undefined;
  const find = jsonFinder(text);
  return (path) => {
    if (lines === undefined) {
      lines = new LineCounter();
      lines.addNewLine(0);
      for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines.addNewLine(at + 1);
    }
    return position(lines, find(path));
  };
}

/** How many keys the value has; undefined where a number is out of range. */
function keysIn(value: Json): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? 0 : undefined;
  if (typeof value !== 'object' || value === null) return 0;
  let count = isObject(value) ? Object.keys(value).length : 0;
  for (const entry of Object.values(value)) {
    const inside = keysIn(entry as Json);
    if (inside === undefined) return undefined;
    count += inside;
  }
  return count;
}

/**
 * Finds places in the documents of a text. Most manifests are never blamed, so nothing is kept or parsed until
 * one is; then the text is parsed once for all of them. Where a document begins is known (`start`): a large
 * file that is no manifest is not parsed only to say so.
 */
function finder(text: string): (index: number, start: Position) => (path: Path) => Position {
  let all: Parsed[] | undefined;
  return (index, start) => (path) => {
    if (path.length === 0) return start;
    const found = (all ??= [...parsed(text)])[index];
    return found === undefined ? start : position(found.lines, offsetAt(found.document, path));
  };
}

function position(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

/** The parser's message as the rest of a sentence. */
function sentence(message: string): string {
  // The parsers recurse: a thousand nested brackets are more than any manifest has.
  if (message.startsWith('Maximum call stack')) return 'it is nested too deeply';
  return message.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase()).replace(/\.$/, '');
}
