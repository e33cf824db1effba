import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { Faults } from './sources/faults.ts';
import { VERSION } from './sources/version.ts';

/** The exit code for input that cannot be used: options, settings, policies, files. */
const UNUSABLE = 2;

/** argv -> command. Each command is loaded only when it is asked for, and answers with its exit code. */
function program(): Command {
  const guard = new Command('seldon-guard')
    .description(
      'Keeps Seldon Core v2 alive on Kubernetes: says what a manifest breaks, why, and the patch that cures it',
    )
    .version(VERSION)
    // An option belongs to the command that it stands behind: `connectivity` and `connectivity diff` both have --format.
    .enablePositionalOptions()
    .exitOverride()
    .showHelpAfterError('(see --help)');

  guard
    .command('serve')
    .description('run the admission webhook until stopped')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <number>', 'HTTPS port of the webhook', port, 8443)
    .option('--probe-port <number>', 'HTTP port of /healthz, /readyz and /metrics', port, 8080)
    .option('--tls-cert <file>', 'certificate in PEM; without one the guard makes its own')
    .option('--tls-key <file>', 'its private key in PEM')
    .option('--ca-out <file>', 'where to write the CA of the certificate that the guard makes, for caBundle')
    .option(
      '--tls-secret <namespace/name>',
      'Secret in which the guard keeps a certificate that it makes and renews',
      place,
    )
    .option('--webhooks <name>', 'webhook configurations whose caBundle is kept along with it')
    .option('--service <namespace/name>', 'Service that the certificate is for', place)
    .option('--cluster <path...>', 'manifests (files, folders) that stand for the rest of the cluster')
    .option('--kubeconfig <file>', 'watch the cluster of this kubeconfig')
    .option(
      '--in-cluster [folder]',
      "watch the cluster that the guard runs in, as its pod's service account (where the kubelet puts it, or in a folder)",
    )
    .option(
      '--stale-after <seconds>',
      'how long the API server may be silent before the picture counts as unknown',
      seconds,
      300,
    )
    .option('--context <name>', 'the context of the kubeconfig')
    .option('--settings <file>', 'effects, parameters and waivers that you choose')
    .option('--policies <folder>', 'a folder of policies of your own; may be repeated', collected)
    .option(
      '--drain <milliseconds>',
      'how long to go on answering after SIGTERM (5000 in a cluster, else 0)',
      milliseconds,
    )
    .addOption(new Option('--log-level <level>').choices(['debug', 'info', 'warn', 'error']).default('info'))
    .action(async (options) => {
      const { serve } = await import('./commands/serve.ts');
      process.exitCode = await serve(options);
    });

  guard
    .command('scan')
    .description('judge manifests (files, folders, - for standard input) together as one cluster')
    .argument('<path...>')
    .addOption(new Option('--format <format>').choices(['text', 'json']).default('text'))
    .option('--context <path...>', 'manifests that are part of the cluster but are not judged')
    .option('--namespace <name>', 'the namespace of objects that name none', 'default')
    .option('--settings <file>', 'effects, parameters and waivers that you choose')
    .option('--policies <folder>', 'a folder of policies of your own; may be repeated', collected)
    .action(async (paths: string[], options) => {
      const { scan } = await import('./commands/scan.ts');
      process.exitCode = await scan(paths, options);
    });

  const connectivity = guard
    .command('connectivity')
    .description('list who can reach whom under all NetworkPolicies, or ask about one connection')
    .enablePositionalOptions()
    .argument('[path...]', 'manifests: files, folders, - for standard input')
    .option('--kubeconfig <file>', 'list the cluster of this kubeconfig instead')
    .option('--context <name>', 'the context of the kubeconfig')
    .option('--namespace <name>', 'the namespace of objects that name none', 'default')
    .addOption(
      new Option('--format <format>').choices(['text', 'json', 'dot', 'svg', 'md', 'csv']).default('text'),
    )
    .option('--from <who>', 'ask: NS/NAME, Kind/NS/NAME or an IP address')
    .option('--to <who>', 'ask: the same, or service/NS/NAME')
    .option('--port <port>', "ask: the destination's port, by number or name")
    .addOption(new Option('--protocol <protocol>', 'ask: TCP without it').choices(['TCP', 'UDP', 'SCTP']))
    .addOption(
      new Option('--expect <answer>', 'ask: exit with 1 on any other').choices(['allowed', 'denied']),
    )
    .action(async (paths: string[], options) => {
      const { connectivity } = await import('./commands/connectivity.ts');
      process.exitCode = await connectivity(paths, options);
    });

  connectivity
    .command('diff')
    .description('what a change opens, closes and changes, and which required flows it closes')
    .argument('<before>', 'the manifests before: a file, a folder, - for standard input')
    .argument('<after>', 'the manifests after')
    .addOption(new Option('--format <format>').choices(['text', 'json', 'md']).default('text'))
    .option('--namespace <name>', 'the namespace of objects that name none', 'default')
    .option('--settings <file>', 'parameters that you choose')
    .addOption(new Option('--expect <what>', 'exit with 1 on any change').choices(['unchanged']))
    .action(async (before: string, after: string, options) => {
      const { connectivityDiff } = await import('./commands/connectivity-diff.ts');
      process.exitCode = await connectivityDiff(before, after, options);
    });

  guard
    .command('doctor')
    .description('look an installation over from outside: what is wrong with it, and what to do')
    .option('--kubeconfig <file>', 'the cluster; without it as kubectl chooses')
    .option('--context <name>', 'the context of the kubeconfig')
    .option('--namespace <name>', "the guard's namespace; without it as the webhooks say, else seldon-guard")
    .option('--webhooks <name>', 'the name of the webhook configurations', 'seldon-guard')
    .addOption(new Option('--format <format>').choices(['text', 'json']).default('text'))
    .action(async (options) => {
      const { doctor } = await import('./commands/doctor.ts');
      process.exitCode = await doctor(options);
    });

  const generate = guard
    .command('generate')
    .description('write manifests that the guard can stand for')
    .enablePositionalOptions();

  generate
    .command('netpol')
    .description(
      "least-privilege NetworkPolicies for Seldon's pods in a namespace and for its operator, proved first",
    )
    .argument('[path...]', 'manifests: files, folders, - for standard input')
    .requiredOption('--namespace <name>', 'the Seldon namespace, also of objects that name none')
    .option('--kubeconfig <file>', 'read the cluster of this kubeconfig instead')
    .option('--context <name>', 'the context of the kubeconfig')
    .option('--clients <who...>', 'who may dial seldon-mesh: NAMESPACE, NAMESPACE/key=value, a CIDR')
    .option('--metrics-from <who...>', 'who may scrape metrics: the same')
    .option('--default-deny', 'isolate every other pod of the namespace as well')
    .option('--settings <file>', 'parameters that you choose, flows of your own among them')
    .action(async (paths: string[], options) => {
      const { generateNetpol } = await import('./commands/generate-netpol.ts');
      process.exitCode = await generateNetpol(paths, options);
    });

  generate
    .command('vap')
    .description(
      'ValidatingAdmissionPolicies of what CEL can say of an object alone: all policies of your own in CEL, some others',
    )
    .option('--settings <file>', 'effects, parameters and waivers that you choose')
    .option('--policies <folder>', 'a folder of policies of your own; may be repeated', collected)
    .action(async (options) => {
      const { generateVap } = await import('./commands/generate-vap.ts');
      process.exitCode = await generateVap(options);
    });

  const policy = guard.command('policy').description('policies of your own');

  policy
    .command('test')
    .description(
      'try the examples of policies: the bad are found, the good pass, what is told is as it is kept',
    )
    .argument('<path...>', 'the folder of a policy, or one that holds several')
    .addOption(new Option('--format <format>').choices(['text', 'json']).default('text'))
    .option('--update', 'write what users are told (*.out) and the patched manifests (*.fixed.yaml) anew')
    .action(async (paths: string[], options) => {
      const { policyTest } = await import('./commands/policy-test.ts');
      process.exitCode = await policyTest(paths, options);
    });

  guard
    .command('off')
    .description('take the guard out of the way at once: requests are no longer sent to it')
    .option('--kubeconfig <file>', 'the cluster; without it as kubectl chooses')
    .option('--context <name>', 'the context of the kubeconfig')
    .option('--webhooks <name>', 'the name of the webhook configurations', 'seldon-guard')
    .option('--remove <file>', 'remove the webhook configurations, and keep them in this file')
    .action(async (options) => {
      const { off } = await import('./commands/switch.ts');
      process.exitCode = await off(options);
    });

  guard
    .command('on')
    .description('put the guard back as it was before off')
    .option('--kubeconfig <file>', 'the cluster; without it as kubectl chooses')
    .option('--context <name>', 'the context of the kubeconfig')
    .option('--webhooks <name>', 'the name of the webhook configurations', 'seldon-guard')
    .option('--restore <file>', 'the file that off --remove wrote')
    .action(async (options) => {
      const { on } = await import('./commands/switch.ts');
      process.exitCode = await on(options);
    });

  guard
    .command('demo')
    .description('start the webhook on loopback, send it every example, and show what kubectl would show')
    .action(async () => {
      const { demo } = await import('./commands/demo.ts');
      process.exitCode = await demo();
    });
  return guard;
}

function collected(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65535)
    throw new InvalidArgumentError('expected a port from 0 to 65535');
  return value;
}

function place(text: string): { namespace: string; name: string } {
  const [namespace, name, ...more] = text.split('/');
  if (!namespace || !name || more.length > 0) throw new InvalidArgumentError('expected namespace/name');
  return { namespace, name };
}

function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('expected whole seconds');
  return value;
}

function milliseconds(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('expected whole milliseconds');
  return value;
}

try {
  await program().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : UNUSABLE;
  else if (error instanceof Faults) {
    for (const fault of error.faults) process.stderr.write(`seldon-guard: ${fault}\n`);
    process.exitCode = UNUSABLE;
  } else {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`seldon-guard: ${reason.split('\n')[0] ?? ''}\n`);
    process.exitCode = 70;
  }
}
