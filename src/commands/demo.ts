import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { styleText } from 'node:util';
import { Picture } from '../model/cluster.ts';
import { withObject } from '../model/manifest.ts';
import { patched } from '../model/patch.ts';
import { manifestDiff } from '../reports/manifest-diff.ts';
import { kubectlText } from '../reports/kubectl-text.ts';
import { start } from '../server/start.ts';
import { selfMade } from '../sources/certificate.ts';
import { chosen } from '../sources/chosen.ts';
import { readExamples } from '../sources/examples.ts';
import type { Example } from '../sources/examples.ts';
import { BUILT_IN } from '../sources/policies.ts';
import { VERSION } from '../sources/version.ts';
import { givenWorld } from '../sources/world.ts';
import { AdmissionClient } from './admission-client.ts';
import type { Change } from './admission-client.ts';
import { assemble } from './assemble.ts';

const HOST = '127.0.0.1';

type Outcome = 'denied' | 'patched' | 'warned' | 'admitted';

/**
 * `seldon-guard demo`: the real webhook on loopback, with a certificate that it makes for itself, is asked about every
 * example of every policy as the API server would ask. Prints what kubectl would print, then a table. Answers 1 when
 * an example did not meet the outcome that it stands for.
 */
export async function demo(): Promise<number> {
  const rules = chosen(undefined);
  const { catalogue } = rules;
  let picture = Picture.of([]);
  const guard = assemble({ rules: () => rules, world: givenWorld(() => picture), record: () => {} });
  const { ca, ...tls } = await selfMade([HOST]);
  const quiet = {
    info: () => {},
    warn: () => {},
    error: (fields: object, text: string) => say(text, fields),
  };
  const about = { version: VERSION, catalogue: () => catalogue.digest };
  const addresses = { host: HOST, port: 0, probePort: 0 };
  const webhook = await start({ guard, log: quiet, tls, about, addresses });
  const url = `https://${HOST}:${webhook.port}`;
  say(
    `seldon-guard ${VERSION} listens on ${url} with a certificate of its own, ${catalogue.policies.length} policies`,
  );
  const client = new AdmissionClient(url, ca);
  const rows: Row[] = [];
  for (const policy of catalogue.policies) {
    heading(`${policy.id}: ${policy.title}`);
    for (const example of await readExamples(BUILT_IN, policy.id)) {
      picture = Picture.of(example.cluster);
      rows.push({ policy: policy.id, example, outcome: await show(client, example) });
    }
  }
  await client.close();
  await webhook.close();
  return table(rows);
}

/** Asks both webhooks in the API server's order, prints what kubectl would, and says how it went. */
async function show(client: AdmissionClient, example: Example): Promise<Outcome> {
  const { object, previous } = example;
  const file = relative(process.cwd(), example.file);
  const change: Change = { operation: previous === undefined ? 'CREATE' : 'UPDATE', object, previous };
  const mutation = await client.ask('mutate', change);
  const mutated =
    mutation.patch === undefined ? object : withObject(object, patched(object.object, mutation.patch));
  const validation = await client.ask('validate', { ...change, object: mutated });
  say('');
  const story = /^# (.*)/.exec(readFileSync(example.file, 'utf8'))?.[1];
  if (story !== undefined) say(styleText('dim', `# ${story}`));
  say(styleText('bold', `$ kubectl apply -f ${file}`));
  say(kubectlText({ operation: change.operation, object, file }, mutation, validation));
  if (mutation.patch !== undefined) say(coloured(manifestDiff(file, object.object, mutated.object)));
  if (!validation.allowed) return 'denied';
  if (mutation.patch !== undefined) return 'patched';
  return validation.warnings.length > 0 ? 'warned' : 'admitted';
}

interface Row {
  readonly policy: string;
  readonly example: Example;
  readonly outcome: Outcome;
}

function table(rows: readonly Row[]): number {
  heading('Summary');
  const columns = ['denied', 'patched', 'warned', 'admitted'] as const;
  const width = Math.max(...rows.map(({ policy }) => policy.length));
  say(`${'policy'.padEnd(width)}  ${columns.map((column) => column.padStart(10)).join('')}`);
  for (const [policy, of] of Map.groupBy(rows, (row) => row.policy)) {
    const counts = columns.map((column) => of.filter(({ outcome }) => outcome === column).length);
    say(
      `${policy.padEnd(width)}  ${counts.map((count) => (count === 0 ? '-' : String(count)).padStart(10)).join('')}`,
    );
  }
  const wrong = rows.filter(({ example, outcome }) => !example.bad && outcome === 'denied');
  for (const { example } of wrong) say(`${example.file}: stands for a good manifest and was denied`);
  say(
    `\n${rows.length} manifests were asked about over HTTPS; each policy is explained in policies/<policy>/README.md`,
  );
  return wrong.length === 0 ? 0 : 1;
}

function heading(text: string): void {
  say(`\n${styleText('inverse', ` ${text} `)}`);
}

function coloured(diff: string): string {
  return diff
    .split('\n')
    .map((line) =>
      line.startsWith('+') ? styleText('green', line) : line.startsWith('-') ? styleText('red', line) : line,
    )
    .join('\n');
}

function say(text: string, fields?: object): void {
  process.stdout.write(`${text}${fields === undefined ? '' : ` ${JSON.stringify(fields)}`}\n`);
}
