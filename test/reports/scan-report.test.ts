import t from 'tap';
import { scanExitCode, scanJson, scanText } from '../../src/reports/scan-report.ts';
import type { ScanResult } from '../../src/reports/scan-report.ts';
import { decision, judgement } from './decided.ts';
import { NAMESPACES, read, scanned } from './scanned.ts';

const result = (decisions: ScanResult['decisions'], changes: Partial<ScanResult> = {}): ScanResult => ({
  decisions,
  unreadable: [],
  skipped: [],
  catalogue: 'abc',
  ...changes,
});
const unread = { file: 'a.yaml', line: 3, column: 7, message: 'a.yaml cannot be read: it is torn.' };
const fix = [{ op: 'remove', path: '/spec/leg' } as const];
const deny = judgement({ patch: fix });
const fixed = judgement({ effect: 'fix', patch: fix });
const warned = judgement({ effect: 'warn' });
const noted = judgement({ effect: 'record' });
const waived = judgement({ effect: 'record', outcome: 'waived', waiver: 'a trial', patch: fix });
const unknown = judgement({ effect: 'warn', outcome: 'unknown' });
const error = judgement({ effect: 'warn', outcome: 'error' });

void t.test(
  'the exit code is 0 for nothing to deny, 1 for something, 2 for what cannot be read',
  async (t) => {
    const CODES: [ScanResult, 0 | 1 | 2][] = [
      [result([]), 0],
      [result([decision()]), 0],
      [result([decision(warned, unknown, error, noted, waived)]), 0],
      [result([decision(waived)]), 0],
      [result([decision(), decision(deny)]), 1],
      [result([decision(fixed)]), 1],
      [result([decision(deny)], { unreadable: [unread] }), 2],
      [result([], { unreadable: [unread] }), 2],
      [result([decision()], { skipped: [unread] }), 0],
    ];
    for (const [i, [each, code]] of CODES.entries()) t.equal(scanExitCode(each), code, `case ${i}`);
    t.equal(scanExitCode(await scanned(NAMESPACES)), 1);
    t.equal(scanExitCode(await scanned('a: [')), 2);
    const policies = {
      'namespace-not-public': { effect: 'warn' },
      'policy-rules-well-formed': { effect: 'off' },
    } as const;
    t.equal(scanExitCode(await scanned(NAMESPACES, { policies })), 0, 'by the settings');
  },
);

void t.test('the summary counts each finding by its effect, and the waived apart', async (t) => {
  const all = decision(deny, deny, fixed, warned, unknown, error, noted, noted, waived);
  const { summary, findings } = read(
    scanJson(result([all, decision()], { unreadable: [unread], skipped: [unread, unread] })),
  );
  t.equal(findings.length, 9);
  const { resources, unreadable, skipped, catalogue, ...counts } = summary;
  t.strictSame([resources, catalogue], [2, 'abc']);
  t.strictSame([unreadable, skipped], [[unread], [unread, unread]]);
  t.strictSame(counts, { deny: 2, fix: 1, warn: 3, record: 2, unknown: 1, error: 1, waived: 1 });
  t.match(
    scanText(result([all, decision()], { skipped: [unread, unread] })),
    '\n2 resources, 2 documents skipped: 3 errors, 3 warnings, 2 notes, 1 waived\n',
  );
  t.equal(
    scanText(result([decision(deny)]))
      .split('\n')
      .at(-2),
    '1 resource: 1 error, 0 warnings, 0 notes',
  );
  t.equal(scanText(result([])), '0 resources: 0 errors, 0 warnings, 0 notes\n');
});

void t.test('the text tells place, level and policy, the sentence, the remedy and the patch', async (t) => {
  const text = scanText(
    result([decision({ ...deny, field: [] }, unknown, waived)], { unreadable: [unread] }),
  );
  t.equal(
    text,
    `a.yaml:3:7: error unreadable
  a.yaml cannot be read: it is torn.

error made: Service shop/web
  The leg is broken, because it fell.
  Patch (kubectl patch --type=json):
    - op: remove
      path: /spec/leg

warning made (unknown): Service shop/web
  The leg is broken, because it fell.
  Remedy: Mend the leg.

note made (waived): Service shop/web
  The leg is broken, because it fell.
  Waived: a trial

1 resource: 1 error, 1 warning, 0 notes, 1 waived
`,
  );
  t.match(
    scanText(await scanned(NAMESPACES)),
    /^\S*all\.yaml:4:\d+: error namespace-not-public: Namespace dev\n/,
  );
});

void t.test('a remedy and a patch are shown once, below the last that shares them and counts', async (t) => {
  // Judgements are told apart by identity: each is an object of its own.
  const text = (...all: (typeof deny)[]) => scanText(result([decision(...all.map((one) => ({ ...one })))]));
  const count = (what: RegExp, ...all: (typeof deny)[]) => [...text(...all).matchAll(what)].length;
  t.equal(count(/Remedy/g, deny, deny), 1);
  t.equal(count(/Patch/g, deny, deny), 1);
  t.equal(count(/Remedy/g, deny, { ...deny, remedy: 'Or think.' }), 2);
  t.equal(count(/Patch/g, deny, { ...deny, patch: [{ op: 'remove', path: '/spec' }] }), 1);
  t.match(text(deny, { ...deny, patch: [{ op: 'remove', path: '/spec' }] }), /Patch[^]*path: \/spec\n/);
  t.equal(count(/Remedy/g, deny, { ...waived, policy: 'twin' }), 1, 'not below one that is waived');
  t.equal(count(/Patch/g, deny, { ...waived, policy: 'twin' }), 1);
  t.equal(count(/Remedy|Patch/g, waived), 0);
});
