import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import t from 'tap';

// The code is held against the table in src/README.md: rooms import downhill only, and only the packages they are granted.

const SRC = join(import.meta.dirname, '..', 'src');

interface Room {
  readonly rooms: readonly string[];
  readonly packages: readonly string[];
}

function planned(): Map<string, Room> {
  const rooms = new Map<string, Room>();
  for (const line of readFileSync(join(SRC, 'README.md'), 'utf8').split('\n')) {
    const cells = line.split('|').map((cell) => cell.trim());
    const [, room, , imports, packages] = cells;
    if (cells.length !== 7 || room === undefined || room === 'room' || room.startsWith('---')) continue;
    const list = (cell: string | undefined): string[] =>
      (cell ?? '')
        .split(',')
        .map((entry) => entry.trim())
        .filter((entry) => entry !== '-' && entry !== '');
    rooms.set(room, { rooms: list(imports), packages: list(packages) });
  }
  return rooms;
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const written = text.matchAll(/^(?:import|export)\b[^;']*?\bfrom '([^']+)'/gm);
  const dynamic = text.matchAll(/\bimport\('([^']+)'\)/g);
  return [...written, ...dynamic].map((match) => match[1] ?? '');
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => join(SRC, file));
const plan = planned();

t.strictSame(
  readdirSync(SRC, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted(),
  [...plan.keys()].toSorted(),
  'the plan has every room and no other',
);

for (const file of files) {
  const name = relative(SRC, file);
  const room = name.includes('/') ? name.slice(0, name.indexOf('/')) : undefined;
  if (room === undefined) continue;
  const grant = plan.get(room);
  for (const specifier of importsOf(file)) {
    if (specifier.startsWith('.')) {
      const target = relative(SRC, join(dirname(file), specifier));
      const other = target.slice(0, target.indexOf('/'));
      t.ok(
        other === room || grant?.rooms.includes(other),
        `${name} imports ${specifier}: ${room} may import ${grant?.rooms.join(', ')}`,
      );
    } else
      t.ok(
        grant?.packages.some((granted) => specifier === granted || specifier.startsWith(`${granted}/`)),
        `${name} imports ${specifier}: ${room} is granted ${grant?.packages.join(', ')}`,
      );
  }
}

const order = [...plan.keys()];
for (const [room, { rooms }] of plan)
  for (const other of rooms)
    t.ok(order.indexOf(other) < order.indexOf(room), `the plan runs downhill: ${other} stands above ${room}`);

// Within a room imports may not go in circles either.
const edges = new Map(
  files.map((file) => [
    file,
    importsOf(file)
      .filter((specifier) => specifier.startsWith('.'))
      .map((specifier) => join(dirname(file), specifier)),
  ]),
);
const done = new Set<string>();
function visit(file: string, path: readonly string[]): void {
  if (path.includes(file)) {
    t.fail(`imports go in a circle: ${[...path, file].map((each) => relative(SRC, each)).join(' -> ')}`);
    return;
  }
  if (done.has(file)) return;
  for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
  done.add(file);
}
for (const file of files) visit(file, []);
t.pass('imports do not go in circles');

for (const file of files)
  t.notMatch(
    relative(SRC, file),
    /(utils|helpers|common|types|manager|handler)\.ts$/,
    'files are nouns and verbs',
  );
