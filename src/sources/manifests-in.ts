import { groupOf, knownKind } from '../model/kinds.ts';
import { isObject, listAt, stringAt } from '../model/json.ts';
import type { Json, Path } from '../model/json.ts';
import { manifestOf } from '../model/manifest.ts';
import type { Manifest, Origin } from '../model/manifest.ts';
import type { Unread } from '../model/unread.ts';
import { parseDocuments } from './yaml-documents.ts';
import type { Position, TextDocument } from './yaml-documents.ts';

/** What files hold, in the order of the files and of the documents in them. */
export interface Manifests {
  readonly manifests: readonly Manifest[];
  /** What is broken: the answer is not whole without it. */
  readonly unreadable: readonly Unread[];
  /** What is no Kubernetes object: Helm values, a compose file, a package.json. */
  readonly skipped: readonly Unread[];
}

const DEFAULT_NAMESPACE = 'default';

/** The manifests in a text; lists are taken apart, each item with its own places. */
export function manifestsIn(text: string, file: string, namespace: string = DEFAULT_NAMESPACE): Manifests {
  const { documents, troubles } = parseDocuments(text);
  const [first] = troubles;
  if (first !== undefined && ACTION.test(text)) return template(file, first);
  const manifests: Manifest[] = [];
  const skipped: Unread[] = [];
  for (const document of documents)
    for (const object of objectsIn(document.value, [])) {
      const why = whyNone(object.value, file);
      if (why === undefined) manifests.push(manifest(object, document, file, namespace));
      else skipped.push({ file, ...document.placeOf(object.path), message: `${file} ${why}.` });
    }
  const unreadable = troubles.map(({ line, column, message }) => {
    return { file, line, column, message: `${file} cannot be read: ${message}.` };
  });
  return { manifests, unreadable, skipped };
}

/** An object in a document, and where in it. */
interface Found {
  readonly value: Json;
  readonly path: Path;
}

/**
 * kubectl takes any kind that ends in `List` and has items for a list; items without a kind of their own have
 * the list's, less its ending (apimachinery, `UnstructuredList`). A list in a list is taken apart as well.
 */
function objectsIn(value: Json, path: Path): readonly Found[] {
  const kind = stringAt(value, 'kind') ?? '';
  const items = isObject(value) ? value['items'] : undefined;
  if (!kind.endsWith('List') || !(Array.isArray(items) || kind === 'List')) return [{ value, path }];
  const own = kind.slice(0, -'List'.length);
  return listAt(value, 'items').flatMap((item, index) => {
    const whole =
      own !== '' && isObject(item)
        ? { apiVersion: stringAt(value, 'apiVersion') ?? '', kind: own, ...item }
        : item;
    return objectsIn(whole, [...path, 'items', index]);
  });
}

function manifest(found: Found, document: TextDocument, file: string, namespace: string): Manifest {
  const placeOf = (path: Path) => ({ file, ...document.placeOf([...found.path, ...path]) });
  const origin: Origin = { from: 'file', file, placeOf };
  const group = groupOf(stringAt(found.value, 'apiVersion') ?? '');
  // Whether an unknown kind is namespaced is unknown too: its namespace stays as written.
  const known = knownKind(group, stringAt(found.value, 'kind') ?? '') !== undefined;
  return manifestOf(found.value, origin, known ? { namespace } : {});
}

function whyNone(value: Json, file: string): string | undefined {
  if (!isObject(value))
    return `holds a ${Array.isArray(value) ? 'list' : typeof value}, not a Kubernetes object`;
  const apiVersion = stringAt(value, 'apiVersion');
  if (
    apiVersion?.startsWith('kustomize.config.k8s.io/') === true ||
    /(?:^|[\\/])kustomization\.ya?ml$/.test(file)
  )
    return 'is for kustomize, whose output is judged: kustomize build . | seldon-guard scan -';
  const missing = ['apiVersion', 'kind'].filter((field) => !stringAt(value, field));
  if (missing.length === 0) return undefined;
  return `has no ${missing.join(' and no ')} here, so this is not a Kubernetes object`;
}

/** What Helm's templates are made of; a rendered manifest may hold `{{ $labels.pod }}`, but then it parses. */
const ACTION =
  /\{\{-?\s*(?:[.$"(]|\/\*|(?:if|else|end|with|range|define|template|include|tpl|block|toYaml)\b)/;

function template(file: string, { line, column }: Position): Manifests {
  const message = `${file} looks like a Helm template. What Helm makes of it is judged: helm template <chart> | seldon-guard scan -`;
  return { manifests: [], unreadable: [{ file, line, column, message }], skipped: [] };
}
