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
    .option('--cluster <path...>', 'manifests (files, folders) that stand for the rest of the cluster')
    .option('--kubeconfig <file>', 'list the cluster of this kubeconfig once, at the start')
    .option('--context <name>', 'the context of the kubeconfig')
    .option('--settings <file>', 'effects, parameters and waivers that you choose')
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
    .action(async (paths: string[], options) => {
      const { scan } = await import('./commands/scan.ts');
      process.exitCode = await scan(paths, options);
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

function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65535)
    throw new InvalidArgumentError('expected a port from 0 to 65535');
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
