import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { nameOf } from '../../src/model/manifest.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { readManifests } from '../../src/sources/files.ts';
import { noCorpus } from '../model/corpus.ts';

type Tap = Pick<typeof t, 'testdir'>;

const pod = (name: string, namespace?: string): string =>
  `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${name}\n${namespace ? `  namespace: ${namespace}\n` : ''}`;

/** Real files in a folder that goes away with the test. */
function folderOf(t: Tap, files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = t.testdir({});
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}
const names = (manifests: readonly Manifest[]): string[] => manifests.map(nameOf);

void t.test('folders are read in order, without what is hidden', async (t) => {
  const folder = folderOf(t, {
    'b.yml': pod('b'),
    'a.yaml': `${pod('a1')}---\n${pod('a2')}`,
    'c/d.json': JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'd' } }),
    'c/README.md': 'not: yaml: at: all',
    '.git/x.yaml': pod('git'),
    '.hidden/x.yaml': pod('hidden'),
    'node_modules/p/x.yaml': pod('module'),
  });
  const read = await readManifests([folder]);
  t.same(names(read.manifests), ['Pod default/a1', 'Pod default/a2', 'Pod default/b', 'Pod default/d']);
  t.same([read.unreadable, read.skipped], [[], []]);
  const twice = await readManifests([join(folder, 'b.yml'), folder, folder]);
  t.same(
    names(twice.manifests),
    ['Pod default/b', 'Pod default/a1', 'Pod default/a2', 'Pod default/d'],
    'each file once',
  );
});

void t.test('links are followed, in circles too', async (t) => {
  const folder = folderOf(t, { 'in/a.yaml': pod('a'), 'out/b.yaml': pod('b'), '..data/c.yaml': pod('c') });
  symlinkSync('..', join(folder, 'in', 'up'));
  symlinkSync('../out', join(folder, 'in', 'out'));
  symlinkSync('..data/c.yaml', join(folder, 'c.yaml'));
  symlinkSync('nowhere.yaml', join(folder, 'dangling.yaml'));
  symlinkSync('self.yaml', join(folder, 'self.yaml'));
  const read = await readManifests([folder]);
  t.same(names(read.manifests), ['Pod default/c', 'Pod default/a', 'Pod default/b']);
  t.same(
    read.unreadable.map(({ message }) => message.replace(folder, '')),
    ['/dangling.yaml does not exist.', '/self.yaml is a symbolic link that leads back to itself.'],
  );
});

void t.test('namespaces: given, default, none, and as written', async (t) => {
  const thing = 'apiVersion: example.org/v1\nkind: Thing\nmetadata: {name: t}\n';
  const folder = folderOf(t, {
    'a.yaml': [
      pod('a'),
      pod('b', 'there'),
      'apiVersion: v1\nkind: Namespace\nmetadata: {name: ns, namespace: odd}\n',
      thing,
      'apiVersion: v1\nkind: Pod\n',
    ].join('---\n'),
  });
  t.same(names((await readManifests([folder])).manifests), [
    'Pod default/a',
    'Pod there/b',
    'Namespace ns',
    'Thing t',
    'Pod default/',
  ]);
  const { manifests } = await readManifests([folder], { namespace: 'dev' });
  t.same(names(manifests), ['Pod dev/a', 'Pod there/b', 'Namespace ns', 'Thing t', 'Pod dev/']);
});

void t.test('lists are taken apart, each item with its places', async (t) => {
  const folder = folderOf(t, {
    'list.yaml': `apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Pod
  metadata:
    name: a
- apiVersion: v1
  kind: PodList
  items:
  - metadata: {name: b}
- just text
`,
    'empty.yaml': 'apiVersion: v1\nkind: List\nitems: []\n',
    'allow.yaml': 'apiVersion: example.org/v1\nkind: AllowList\nmetadata: {name: l}\n',
  });
  const { manifests, skipped, unreadable } = await readManifests([folder]);
  t.same(names(manifests), ['AllowList l', 'Pod default/a', 'Pod default/b']);
  const places = manifests.map(
    ({ origin }) => origin.from === 'file' && origin.placeOf(['metadata', 'name']),
  );
  const file = join(folder, 'list.yaml');
  t.same(places.slice(1), [
    { file, line: 7, column: 5 },
    { file, line: 11, column: 16 },
  ]);
  t.same(manifests[2]?.object, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'b' } });
  t.same(skipped, [
    {
      file: join(folder, 'empty.yaml'),
      line: 1,
      message: `${join(folder, 'empty.yaml')} holds no objects, only comments or empty lists.`,
    },
    { file, line: 12, column: 3, message: `${file} holds a string, not a Kubernetes object.` },
  ]);
  t.same(unreadable, []);
});

void t.test('what a kustomization lays over other objects is skipped', async (t) => {
  const folder = folderOf(t, {
    'base/kustomization.yaml': 'resources: [agent.yaml, shared.yaml]\n',
    'base/agent.yaml': pod('agent'),
    'base/shared.yaml': pod('shared'),
    'over/kustomization.yaml': `resources: [../base, more.yaml]
patches:
- path: agent-patch.yaml
- path: ./../base/shared.yaml
- patch: '[]'
patchesStrategicMerge: [old.yaml, "apiVersion: v1\\nkind: Pod\\n", 7]
`,
    'over/agent-patch.yaml': `${pod('agent')}---\n${pod('shared')}`,
    'over/more.yaml': pod('more'),
    'over/old.yaml': "a: '{{ .Values.name }}'\n{{ end }}\n",
  });
  const read = await readManifests([folder]);
  t.same(
    names(read.manifests),
    ['Pod default/agent', 'Pod default/shared', 'Pod default/more'],
    'a resource of one kustomization stays, even where another one has it for a patch',
  );
  t.same(
    read.skipped.map(({ message }) => message.replace(`${folder}/`, '')).filter((each) => /patch/.test(each)),
    [
      'over/agent-patch.yaml is a patch for kustomize, whose output is judged: kustomize build . | seldon-guard scan -.',
      'over/old.yaml is a patch for kustomize, whose output is judged: kustomize build . | seldon-guard scan -.',
    ],
    'each file is told once',
  );
  t.same(read.unreadable, [], 'whether it can be read is nothing that the answer rests on');
  const alone = await readManifests([join(folder, 'over/agent-patch.yaml')]);
  t.same(names(alone.manifests), ['Pod default/agent', 'Pod default/shared'], 'nothing says that it is one');
});

void t.test('what is no Kubernetes object is skipped with a reason', async (t) => {
  const folder = folderOf(t, {
    'Chart.yaml': 'apiVersion: v2\nname: chart\n',
    'docker-compose.yml': 'services:\n  a: {image: b}\n',
    'k/kustomization.yaml': 'resources: [a.yaml]\n',
    'k2/kustomization.yaml': 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n',
    'k3/flux.yaml': 'apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: f}\n',
    'list.yaml': '# x\n- a\n',
    'package.json': '{"name": "x", "version": "1"}',
    'zero.yaml': '',
  });
  const read = await readManifests([folder]);
  t.same(names(read.manifests), ['Kustomization f']);
  t.same(read.unreadable, []);
  t.same(
    read.skipped.map(({ line, message }) => `${line} ${message.replace(`${folder}/`, '')}`),
    [
      '1 Chart.yaml has no kind here, so this is not a Kubernetes object.',
      '1 docker-compose.yml has no apiVersion and no kind here, so this is not a Kubernetes object.',
      '1 k/kustomization.yaml is for kustomize, whose output is judged: kustomize build . | seldon-guard scan -.',
      '1 k2/kustomization.yaml is for kustomize, whose output is judged: kustomize build . | seldon-guard scan -.',
      '2 list.yaml holds a list, not a Kubernetes object.',
      '1 package.json has no apiVersion and no kind here, so this is not a Kubernetes object.',
      '1 zero.yaml is empty.',
    ],
  );
});

void t.test('what cannot be read is said in a sentence with the name of the file', async (t) => {
  const folder = folderOf(t, {
    'bin.yaml': new Uint8Array([0x7f, 0x45, 0, 1]),
    'latin.yaml': new Uint8Array([0x61, 0x3a, 0x20, 0xe9]),
    'utf16.yaml': new Uint8Array([0xff, 0xfe, 0x61, 0]),
    'broken.yaml': `${pod('good')}---\na: b: c\n`,
    'twice.yaml': 'apiVersion: v1\nkind: Pod\nkind: Service\n',
  });
  const read = await readManifests([folder]);
  t.same(names(read.manifests), ['Pod default/good']);
  t.same(
    read.unreadable.map(({ line, column, message }) => [line, column, message.replace(`${folder}/`, '')]),
    [
      [undefined, undefined, 'bin.yaml is binary, not YAML or JSON.'],
      [6, 4, 'broken.yaml cannot be read: nested mappings are not allowed in compact mappings.'],
      [undefined, undefined, 'latin.yaml is not UTF-8 text.'],
      [
        3,
        1,
        'twice.yaml cannot be read: the key "kind" is there twice (first on line 2); only the last would count.',
      ],
      [
        undefined,
        undefined,
        'utf16.yaml is UTF-16 text (PowerShell writes it so), which kubectl does not read; save it as UTF-8.',
      ],
    ],
  );
});

void t.test('what the user named must be there and hold something', async (t) => {
  const folder = folderOf(t, {
    'zero.yaml': ' \n',
    'sub/readme.txt': 'x',
    'notes.yaml': '# later\n',
    'odd.txt': pod('odd'),
  });
  const paths = ['zero.yaml', 'nowhere', 'sub', 'notes.yaml', 'odd.txt'].map((name) => join(folder, name));
  const read = await readManifests(paths);
  t.same(names(read.manifests), ['Pod default/odd'], 'a file that is named is read whatever its ending');
  t.same(
    read.unreadable.map(({ message }) => message.replace(`${folder}/`, '')),
    [
      'zero.yaml is empty.',
      'nowhere does not exist.',
      'sub holds no *.yaml, *.yml or *.json file.',
      'notes.yaml holds no objects, only comments or empty lists.',
    ],
  );
  t.same(await readManifests([]), { manifests: [], unreadable: [], skipped: [] });
});

void t.test('folders without permission', async (t) => {
  const folder = folderOf(t, { 'a/x.yaml': pod('x'), 'b.yaml': pod('b') });
  chmodSync(join(folder, 'a'), 0);
  // Root may read everything: be nobody for a moment.
  const root = process.geteuid?.() === 0;
  if (root) process.seteuid?.(65534);
  const read = await readManifests([folder]).finally(() => root && process.seteuid?.(0));
  chmodSync(join(folder, 'a'), 0o755);
  t.same(names(read.manifests), ['Pod default/b']);
  t.same(read.unreadable, [
    { file: join(folder, 'a'), message: `${join(folder, 'a')} may not be read: permission denied.` },
  ]);
});

void t.test('standard input', async (t) => {
  async function* stream(...chunks: string[]): AsyncGenerator<string> {
    yield* chunks;
  }
  const read = await readManifests(['-', '-'], { stdin: stream(pod('a'), '---\n', pod('b')) });
  t.same(names(read.manifests), ['Pod default/a', 'Pod default/b']);
  t.match(read.manifests[1]?.origin, { from: 'file', file: 'stdin' });
  const { unreadable } = await readManifests(['-'], { stdin: stream('') });
  t.same(unreadable, [{ file: 'stdin', message: 'stdin is empty; did the command before the pipe fail?' }]);
});

void t.test('Helm templates are told from manifests that speak of templates', async (t) => {
  const folder = folderOf(t, {
    'a.yaml': `${pod('whole')}---\napiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Release.Name }}\n`,
    'b.yaml': '{{- if .Values.on }}\napiVersion: v1\nkind: Pod\n{{- end }}\n',
    'c.yaml': `${pod('rule')}spec:\n  text: "{{ $labels.pod }} is {{ .Status }}"\n`,
    'd.yaml': `${pod('quoted')}spec:\n  hostname: '{{ default "a" .Values.name }}'\n`,
    'e.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: chart}\ndata:\n  a: '{{ .Values.name }}'\n`,
    'f.yaml': `apiVersion: example.com/v1\nkind: App\nmetadata: {name: own}\nspec: '{{ .Values.name }}'\n`,
  });
  const read = await readManifests([folder]);
  t.same(names(read.manifests), ['Pod default/rule', 'ConfigMap default/chart', 'App own']);
  t.same(
    read.unreadable.map(({ file, line }) => [file.replace(folder, ''), line]),
    [
      ['/a.yaml', 9],
      ['/b.yaml', 1],
      ['/d.yaml', 6],
    ],
  );
  for (const { message } of read.unreadable)
    t.match(message, /looks like a Helm template.*helm template <chart> \| seldon-guard scan -/);
});

void t.test('every manifest of the corpus is read and finds its own name', { skip: noCorpus }, async (t) => {
  const corpus = new URL('../../../shared/corpus/', import.meta.url).pathname;
  const read = await readManifests([corpus]);
  t.same(read.unreadable, []);
  t.ok(read.manifests.length > 300, `${read.manifests.length} manifests`);
  const { readFileSync } = await import('node:fs');
  const lines = new Map<string, string[]>();
  let found = 0;
  for (const { name, origin } of read.manifests) {
    if (origin.from !== 'file' || name === '') continue;
    const { file, line, column } = origin.placeOf(['metadata', 'name']);
    if (!lines.has(file)) lines.set(file, readFileSync(file, 'utf8').split('\n'));
    const text = lines.get(file)?.[line - 1] ?? '';
    if (!text.slice(column - 1).match(/^"?name"?:/) || !text.includes(name))
      t.fail(`${file}:${line}:${column} is not the name of ${name}: ${text}`);
    found += 1;
  }
  t.ok(found > 200, `${found} names`);
});
