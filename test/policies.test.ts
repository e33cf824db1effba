import t from 'tap';
import { tryPolicy } from '../src/commands/try-policy.ts';
import { policiesIn } from '../src/sources/examples.ts';
import { BUILT_IN, readCatalogue } from '../src/sources/policies.ts';

// The examples of every policy are its tests: what hurts is found, what the user is told is the golden file beside it, and
// the patch that is offered cures it, once, and touches nothing else. `npm run golden` rewrites the golden files. What users
// ask of their own policies (`policy test`) is asked here of those that come with the guard, and more.

const UPDATE = process.env['GUARD_UPDATE'] === '1';
const catalogue = readCatalogue();

/** Problems that manifests alone cannot show; the tests of the check show them, with a real DNS server or a deletion. */
const NOT_BY_EXAMPLE: ReadonlySet<string> = new Set([
  'server-config-found/unusual-place',
  'server-config-found/still-named',
  // At rest alone, in a whole cluster.
  'routes-reach-services/no-pods',
  // An example is one file.
  'resources-unique/in-two-files',
  'namespace-not-public/listed',
  'namespace-not-public/answered',
  'namespace-not-public/host-answered',
  'namespace-not-public/answers-everything',
  'namespace-not-public/wildcard',
  'namespace-not-public/unanswered',
  'api-server-reachable/closed-by-deletion',
  // A Service that every cluster has already; test/checks/reaches-api-server shows it.
  'api-server-reachable/service-address',
  'cluster-dns-reachable/closed-by-deletion',
  'control-plane-reachable/closed-by-deletion',
  'data-plane-reachable/closed-by-deletion',
  'dependencies-reachable/closed-by-deletion',
  // No flow of theirs comes from an operator, or (a Service) goes through one.
  'data-plane-reachable/later-namespaces',
  'dependencies-reachable/later-namespaces',
  'dependencies-reachable/misdirected',
]);

for (const policy of policiesIn(BUILT_IN)) {
  await t.test(policy, async (t) => {
    const { examples, faults } = await tryPolicy(BUILT_IN, policy, catalogue, UPDATE);
    t.strictSame(faults, [], 'every example is what it stands for');
    const judgements = examples.flatMap((tried) => (tried.example.bad ? tried.judgements : []));
    const words = catalogue.policies.find(({ id }) => id === policy)?.problems ?? {};
    for (const problem of Object.keys(words))
      if (!NOT_BY_EXAMPLE.has(`${policy}/${problem}`))
        t.ok(
          judgements.some((judgement) => judgement.problem === problem),
          `a bad example shows the problem ${problem}`,
        );
    for (const { brief, message, remedy, problem } of judgements)
      t.notMatch(`${message}${brief}${remedy}`, /please|!/i, `${problem} is told in plain words`);
  });
}
