import { groupOf, knownKind } from '../model/kinds.ts';
import { isObject, listAt, stringAt } from '../model/json.ts';
import type { Json, Path } from '../model/json.ts';
import { manifestOf } from '../model/manifest.ts';
import type { Manifest, Origin } from '../model/manifest.ts';
import type { Unread } from '../model/unread.ts';
import type { Kustomization } from './kustomize-patches.ts';
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

/** What one text holds. */
export interface ManifestsOfText extends Manifests {
  /** The kustomizations among what is skipped: they tell which files are patches. */
  readonly kustomizations: readonly Kustomization[];
}

const DEFAULT_NAMESPACE = 'default';

/** The manifests in a text; lists are taken apart, each item with its own places. */
export function manifestsIn(
  text: string,
  file: string,
  namespace: string = DEFAULT_NAMESPACE,
): ManifestsOfText {
  const { documents, troubles } = parseDocuments(text);
  const [first] = troubles;
  if (first !== undefined && ACTION.test(text)) return template(file, first);
  const isQuoted = HELM.test(text);
  const manifests: Manifest[] = [];
  const skipped: Unread[] = [];
  const kustomizations: Kustomization[] = [];
  for (const document of documents)
    for (const object of objectsIn(document.value, [])) {
      const why = whyNone(object.value, file);
      if (why !== undefined) {
        skipped.push({ file, ...document.placeOf(object.path), message: `${file} ${why}.` });
        if (why === KUSTOMIZE) kustomizations.push({ file, value: object.value });
        continue;
      }
      const found = manifest(object, document, file, namespace);
      const action = isQuoted && found.known !== undefined ? actionIn(found.object) : undefined;
      if (action !== undefined) return template(file, document.placeOf([...object.path, ...action]));
      manifests.push(found);
    }
  const unreadable = troubles.map(({ line, column, message }) => {
    return { file, line, column, message: `${file} cannot be read: ${message}.` };
  });
  return { manifests, unreadable, skipped, kustomizations };
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

const KUSTOMIZE = 'is for kustomize, whose output is judged: kustomize build . | seldon-guard scan -';

function whyNone(value: Json, file: string): string | undefined {
  if (!isObject(value))
    return `holds a ${Array.isArray(value) ? 'list' : typeof value}, not a Kubernetes object`;
  const apiVersion = stringAt(value, 'apiVersion');
  if (
    apiVersion?.startsWith('kustomize.config.k8s.io/') === true ||
    /(?:^|[\\/])kustomization\.ya?ml$/.test(file)
  )
    return KUSTOMIZE;
  const missing = ['apiVersion', 'kind'].filter((field) => !stringAt(value, field));
  if (missing.length === 0) return undefined;
  return `has no ${missing.join(' and no ')} here, so this is not a Kubernetes object`;
}

/** What Helm's templates are made of; a rendered manifest may hold `{{ $labels.pod }}`, but then it parses. */
const ACTION =
  /\{\{-?\s*(?:[.$"(]|\/\*|(?:if|else|end|with|range|define|template|include|tpl|block|toYaml)\b)/;

/** What only Helm has values for. Within quotes it is YAML: upstream's patches, of which its charts are made, are so. */
const HELM = /\{\{[^{}]*\.(?:Values|Release|Chart|Capabilities)\b/;

/** Where an object has a value that Helm is to fill in; what its data hold may be somebody's chart. */
function actionIn(value: Json, path: Path = []): Path | undefined {
  if (typeof value === 'string') return HELM.test(value) ? path : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, each] of Object.entries(value)) {
    if (path.length === 0 && ['data', 'binaryData', 'stringData'].includes(name)) continue;
    const found = actionIn(each as Json, [...path, Array.isArray(value) ? Number(name) : name]);
    if (found !== undefined) return found;
  }
  return undefined;
}

function template(file: string, { line, column }: Position): ManifestsOfText {
  const message = `${file} looks like a Helm template. What Helm makes of it is judged: helm template <chart> | seldon-guard scan -`;
  return { manifests: [], unreadable: [{ file, line, column, message }], skipped: [], kustomizations: [] };
}
