import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import t from 'tap';
import type { Test } from 'tap';
import { Agent, request } from 'undici';
import { assemble } from '../src/commands/assemble.ts';
import { Picture } from '../src/model/cluster.ts';
import { KINDS } from '../src/model/kinds.ts';
import type { Kind } from '../src/model/kinds.ts';
import { manifestOf } from '../src/model/manifest.ts';
import type { Entry } from '../src/server/guard.ts';
import { start } from '../src/server/start.ts';
import { selfMade } from '../src/sources/certificate.ts';
import { chosen } from '../src/sources/chosen.ts';
import { givenWorld } from '../src/sources/world.ts';
import { readManifests } from '../src/sources/files.ts';

// What a real API server asked while Seldon was installed and somebody worked on it, asked again, in the same order,
// over HTTPS. An expert's answers are below; whatever they do not name is admitted without a word.

t.setTimeout(120_000);

const CORPUS = join(import.meta.dirname, '../../shared/corpus');
const REVIEWS = join(CORPUS, 'admission-reviews');
const OPERATOR_OUTPUT = join(
  CORPUS,
  'upstream-good/operator-output/op-seldon-system_runtime-financial-ml.yaml',
);

/** What /validate makes of a review. */
interface Told {
  readonly denied?: readonly string[];
  readonly warned?: readonly string[];
  readonly says?: RegExp;
}

const BLOCKED: Told = {
  denied: [
    'api-server-reachable',
    'cluster-dns-reachable',
    'control-plane-reachable',
    'data-plane-reachable',
  ],
  warned: ['control-plane-reachable'],
  says: /seldon-envoy cannot reach seldon-scheduler on TCP 9002: neither an egress nor an ingress rule of NetworkPolicy (isolation|ssa) admits it/,
};
const BLOCKED_BEFORE: Told = {
  warned: [
    'api-server-reachable',
    'cluster-dns-reachable',
    'control-plane-reachable',
    'data-plane-reachable',
  ],
};
/** `to` in an ingress rule, of which only kubectl's annotation still knows. */
const MISPLACED: Told = {
  denied: ['policy-rules-well-formed'],
  says: /ingress rule 0 names its peers under to, .*\(spec\.ingress\[0\]\.to\)/,
};
const PUBLIC: Told = {
  denied: ['namespace-not-public'],
  says: /seldon-scheduler\.dev .* \.dev is a top-level domain/,
};
const ELSEWHERE: Told = {
  denied: ['server-host-is-local'],
  says: /SELDON_SERVER_HOST of container agent is mlserver\.financial-ml\.svc\.cluster\.local, the name of a Service/,
};

/** A Server says only what differs from its ServerConfig, and that is not to be seen. */
const ALONE = ['server-config-found', 'server-pod-complete'];

const ALWAYS: Readonly<Record<string, Told>> = {
  // The chart's address of a Kafka, and nobody who brought one.
  '0018': { warned: ['dataflow-has-kafka', 'server-config-found'] },
  // Created, asked for as a dry run, applied: each would close the namespace.
  '0048': BLOCKED,
  '0052': BLOCKED,
  '0054': BLOCKED,
  // It stood (where there was no guard yet) and is changed: what was closed before is no reason to deny the change.
  '0056': BLOCKED_BEFORE,
  '0058': BLOCKED,
  '0060': MISPLACED,
  '0078': PUBLIC,
  '0086': ELSEWHERE,
};

/** Per picture: what it is at first, whether it learns, and where its answers differ. */
const PICTURES: Readonly<
  Record<string, { files: string[]; grows: boolean; told: Readonly<Record<string, Told>> }>
> = {
  'an empty picture': {
    files: [],
    grows: false,
    told: {
      ...ALWAYS,
      // Servers without a SeldonRuntime, as far as this picture goes.
      '0020': { warned: ['runtime-runs-scheduler', ...ALONE] },
      '0022': { warned: ['runtime-runs-scheduler', ...ALONE] },
    },
  },
  "the operator's output": {
    files: [OPERATOR_OUTPUT],
    grows: false,
    told: {
      ...ALWAYS,
      '0020': { warned: ALONE },
      '0022': { warned: ALONE },
      // The rule that is left lets everyone in on 9004, and nobody on the scheduler's other ports.
      '0060': {
        ...MISPLACED,
        denied: ['control-plane-reachable', 'data-plane-reachable', 'policy-rules-well-formed'],
        warned: ['data-plane-reachable'],
      },
    },
  },
  'a cluster that holds what was admitted': {
    files: [],
    grows: true,
    told: {
      ...ALWAYS,
      // The controller-manager was installed as the chart has it: it watches its own namespace alone.
      '0018': { warned: ['dataflow-has-kafka', 'operator-watches-namespace'] },
      '0020': { warned: ['operator-watches-namespace'] },
      '0022': { warned: ['operator-watches-namespace'] },
      // Since 0056 a policy stands that closes the namespace: one more does no further harm.
      '0058': BLOCKED_BEFORE,
      '0060': { ...MISPLACED, warned: ['control-plane-reachable', 'data-plane-reachable'] },
      // It is gone, and with it what let everyone in on 9004.
      '0072': { warned: ['control-plane-reachable'] },
    },
  },
};

const skip = existsSync(REVIEWS) ? false : `no recorded AdmissionReviews in ${REVIEWS}`;

for (const [name, { files, grows, told }] of Object.entries(PICTURES))
  void t.test(`the recorded reviews on ${name}`, { skip }, async (t) => {
    const { manifests } = await readManifests(files);
    const seen = grows ? { seen: Object.keys(KINDS) as Kind[] } : {};
    let picture = Picture.of(manifests, seen);
    const guard = await listening(t, () => picture);
    const recordings = readdirSync(REVIEWS).filter((file) => file.endsWith('.json'));
    t.equal(recordings.length, 86);
    const counted = new Set<string>();
    const dry = new Set<string>();
    for (const file of recordings.toSorted()) {
      const text = readFileSync(join(REVIEWS, file), 'utf8');
      const { request: asked } = JSON.parse(text) as { request: Asked };
      const webhook = file.includes('-mutate-') ? 'mutate' : 'validate';
      const before = asked.dryRun ? await guard.figures(counted.size) : '';
      const response = await guard.ask(webhook, text);
      t.equal(response.uid, asked.uid, `${file}: the same uid`);
      check(t, file, webhook, response, told[file.slice(0, 4)] ?? {});
      if (asked.dryRun) {
        t.equal(await guard.figures(counted.size), before, `${file}: a dry run is not counted`);
        dry.add(asked.uid);
        continue;
      }
      counted.add(asked.uid);
      if (grows && webhook === 'validate' && response.allowed) picture = after(picture, asked);
    }
    t.equal(dry.size, 2);
    const figures = await guard.figures(counted.size);
    t.equal(total(figures), counted.size, 'every other request is counted once');
    const recorded = guard.entries.map(({ request }) => request.uid);
    t.equal(new Set(recorded).size, recorded.length, 'no decision is recorded twice');
    t.same(
      recorded.filter((uid) => dry.has(uid) || !counted.has(uid)),
      [],
      'and none of a dry run',
    );
    t.match(figures, /^seldon_guard_errors_total 0$/m);
  });

interface Asked {
  readonly uid: string;
  readonly operation: string;
  readonly dryRun: boolean;
  readonly object: unknown;
  readonly oldObject: unknown;
}

interface Response {
  readonly uid: string;
  readonly allowed: boolean;
  readonly status?: { readonly code: number; readonly reason: string; readonly message: string };
  readonly warnings?: readonly string[];
  readonly patch?: string;
}

function check(t: Test, file: string, webhook: string, response: Response, told: Told): void {
  const { allowed, status, warnings = [], patch } = response;
  for (const warning of warnings) t.match(warning, /^[^\p{Cc}]{1,256}$/u, `${file}: a warning is one line`);
  if (webhook === 'mutate') {
    t.same(
      { allowed, status, patch, warnings },
      { allowed: true, status: undefined, patch: undefined, warnings: [] },
      file,
    );
    return;
  }
  const policies = (lines: readonly string[], form: RegExp) =>
    [...new Set(lines.flatMap((line) => form.exec(line)?.[1] ?? []))].toSorted();
  const denied = policies((status?.message ?? '').split('\n'), /^([a-z-]+):$/);
  t.same(denied, told.denied ?? [], `${file} is denied by: ${(told.denied ?? ['nobody']).join(', ')}`);
  t.equal(allowed, told.denied === undefined, file);
  t.same(policies(warnings, /^([a-z-]+): /), told.warned ?? [], `${file} warns`);
  if (told.denied !== undefined)
    t.match(status, { code: 403, reason: 'Forbidden', message: told.says ?? /./ });
}

/** The picture once the API server has stored what it asked about. */
function after(picture: Picture, { operation, object, oldObject }: Asked): Picture {
  const gone = operation === 'DELETE';
  const manifest = manifestOf(gone ? oldObject : object, { from: 'cluster' });
  return gone ? picture.without(manifest) : picture.with(manifest);
}

/** The whole guard on loopback, asked as the API server asks. */
async function listening(t: Test, picture: () => Picture) {
  const entries: Entry[] = [];
  const rules = chosen(undefined);
  const guard = assemble({
    rules: () => rules,
    world: givenWorld(picture),
    record: (entry) => entries.push(entry),
  });
  const { ca, ...tls } = await selfMade(['127.0.0.1']);
  const log = {
    info: () => undefined,
    warn: () => undefined,
    error: (_: object, text: string) => t.fail(text),
  };
  const about = { version: '0.0.0', catalogue: () => rules.catalogue.digest };
  const addresses = { host: '127.0.0.1', port: 0, probePort: 0 };
  const door = await start({ guard, log, tls, about, addresses });
  t.teardown(() => door.close());
  const agent = new Agent({ connect: { ca } });
  t.teardown(() => agent.close());
  return {
    entries,
    async ask(webhook: string, body: string): Promise<Response> {
      const reply = await request(`https://127.0.0.1:${door.port}/${webhook}?timeout=10s`, {
        dispatcher: agent,
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'kube-apiserver-admission' },
        body,
      });
      t.equal(reply.statusCode, 200);
      return ((await reply.body.json()) as { response: Response }).response;
    },
    /** The guard's own figures of what it was asked, once as many requests are counted: that is done after each reply. */
    async figures(requests: number): Promise<string> {
      for (;;) {
        const { body } = await request(`http://127.0.0.1:${door.probePort}/metrics`);
        const own = (await body.text())
          .split('\n')
          .filter((line) => /^seldon_guard_(?!picture|certificate)/.test(line));
        if (total(own.join('\n')) >= requests) return own.join('\n');
        await wait(5);
      }
    },
  };
}

/** How many admissions are counted. */
function total(figures: string): number {
  const counts = figures.matchAll(/^seldon_guard_admission_duration_seconds_count\{.*\} (\d+)$/gm);
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}
