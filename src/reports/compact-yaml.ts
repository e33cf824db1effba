import { Document, isCollection, visit } from 'yaml';

/**
 * A value as a YAML document in which lists and maps are written on one line where that is no longer than `line`, but for the
 * outermost `depth` levels. Nothing is aliased, and a text that kubectl's YAML 1.1 would read as something else is quoted.
 */
export function compactYaml(value: unknown, { depth, line }: { depth: number; line: number }): Document {
  const document = new Document(value, { aliasDuplicateObjects: false, compat: 'yaml-1.1' });
  visit(document, {
    Collection: (_, node, path) => {
      const ancestors = path.filter((ancestor) => isCollection(ancestor)).length;
      if (ancestors < depth || JSON.stringify(node).length > line) return undefined;
      node.flow = true;
      return visit.SKIP;
    },
  });
  return document;
}
