import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { selfMade } from '../src/sources/certificate.ts';

/** Where kube-apiserver and etcd are looked for, as envtest and kubebuilder do. */
export const ASSETS = process.env['KUBEBUILDER_ASSETS'] ?? '/usr/local/kubebuilder/bin';

/** Why no API server can be started here, or false where one can: for tap's `skip`. */
export const noApiServer: string | false = ['etcd', 'kube-apiserver'].every((name) =>
  existsSync(join(ASSETS, name)),
)
  ? false
  : `no etcd and kube-apiserver in ${ASSETS} (set KUBEBUILDER_ASSETS)`;

/** A real API server on loopback, without controllers, scheduler or nodes. */
export interface TestApiServer {
  readonly url: string;
  /** Of a user in system:masters. */
  readonly token: string;
  /** Has the contexts `admin` (system:masters; the current one) and `nobody` (no rights at all). */
  readonly kubeconfig: string;
  readonly ca: string;
  /** Asks the server as admin; throws for anything but a 2xx. */
  ask(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<unknown>;
  /** Stops the API server, leaves it away for so long, and starts it again over the same store. */
  restart(awayMs: number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts etcd and kube-apiserver; takes some seconds. Extra flags go to kube-apiserver. */
export async function startApiServer(flags: readonly string[] = []): Promise<TestApiServer> {
  const folder = mkdtempSync(join(tmpdir(), 'seldon-guard-api-'));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const [etcdPort, peerPort, port] = (await freePorts(3)) as [number, number, number];
  const url = `https://127.0.0.1:${port}`;
  const tls = await selfMade(['127.0.0.1', 'localhost']);
  const accounts = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const token = randomUUID();
  const nobody = randomUUID();
  const children: Child[] = [];
  const stop = async (): Promise<void> => {
    for (const child of children.toReversed()) await child.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  const start = (name: string, args: readonly string[]): void => void children.push(run(name, args, folder));
  const agent = new Agent({ connect: { ca: tls.ca } });
  const ask: TestApiServer['ask'] = async (method, path, body) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const sent = body === undefined ? null : JSON.stringify(body);
    const reply = await request(url + path, { method, headers, body: sent, dispatcher: agent });
    const text = await reply.body.text();
    if (reply.statusCode >= 300) throw new Error(`${method} ${path}: ${reply.statusCode} ${text}`);
    return text.startsWith('{') ? (JSON.parse(text) as unknown) : text;
  };

  start('etcd', [
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=http://127.0.0.1:${etcdPort}`,
    `--advertise-client-urls=http://127.0.0.1:${etcdPort}`,
    `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
    '--unsafe-no-fsync',
  ]);
  mkdirSync(join(folder, 'certs'));
  const apiServerArgs = [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${join(folder, 'certs')}`,
    `--tls-cert-file=${file('tls.crt', tls.cert)}`,
    `--tls-private-key-file=${file('tls.key', tls.key)}`,
    `--token-auth-file=${file('tokens.csv', `${token},admin,1,system:masters\n${nobody},nobody,2\n`)}`,
    '--authorization-mode=RBAC',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${file('accounts.pub', accounts.publicKey)}`,
    `--service-account-signing-key-file=${file('accounts.key', accounts.privateKey)}`,
    '--service-cluster-ip-range=10.0.0.0/24',
    '--disable-admission-plugins=ServiceAccount',
    ...flags,
  ];
  start('kube-apiserver', apiServerArgs);
  const kubeconfig = file('kubeconfig', kubeconfigText({ url, ca: tls.ca, users: { admin: token, nobody } }));

  const untilReady = async (): Promise<void> => {
    const giveUp = Date.now() + 90_000;
    for (;;) {
      const dead = children.find((child) => child.process.exitCode !== null);
      if (dead !== undefined || Date.now() > giveUp) {
        const logs = children.map((child) => child.log()).join('\n');
        await stop();
        throw new Error(`no API server: ${dead?.name ?? 'it is not ready in 90 s'}\n${logs}`);
      }
      const ready = await ask('GET', '/readyz')
        .then(
          () => ask('GET', '/api/v1/namespaces/default'),
          () => undefined,
        )
        .catch(() => undefined);
      if (ready !== undefined) break;
      await wait(200);
    }
  };
  await untilReady();
  return {
    url,
    token,
    kubeconfig,
    ca: tls.ca,
    ask,
    async restart(awayMs) {
      const [index, running] =
        [...children.entries()].findLast(([, { name }]) => name === 'kube-apiserver') ?? [];
      if (index !== undefined) children.splice(index, 1);
      await running?.stop();
      await wait(awayMs);
      start('kube-apiserver', apiServerArgs);
      await untilReady();
    },
    stop: async () => {
      await agent.close();
      await stop();
    },
  };
}

/** A kubeconfig with a user and a context for each token; the first is the current one. */
export function kubeconfigText(cluster: {
  url: string;
  ca: string;
  users: Readonly<Record<string, string>>;
}): string {
  const names = Object.keys(cluster.users);
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'test',
        cluster: {
          server: cluster.url,
          'certificate-authority-data': Buffer.from(cluster.ca).toString('base64'),
        },
      },
    ],
    users: names.map((name) => ({ name, user: { token: cluster.users[name] } })),
    contexts: names.map((name) => ({ name, context: { cluster: 'test', user: name } })),
    'current-context': names[0],
  });
}

interface Child {
  readonly name: string;
  readonly process: ChildProcess;
  log(): string;
  stop(): Promise<void>;
}

function run(name: string, args: readonly string[], folder: string): Child {
  const path = join(folder, `${name}.log`);
  const log = openSync(path, 'w');
  const child = spawn(join(ASSETS, name), args, { stdio: ['ignore', log, log] });
  closeSync(log);
  // A test that is killed must not leave servers behind.
  const kill = (): void => void child.kill('SIGKILL');
  process.on('exit', kill);
  return {
    name,
    process: child,
    log: () => readFileSync(path, 'utf8').split('\n').slice(-15).join('\n'),
    async stop() {
      process.off('exit', kill);
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await Promise.race([once(child, 'exit'), wait(10_000, undefined, { ref: false })]);
      child.kill('SIGKILL');
    },
  };
}

/** Ports that were free a moment ago; all are held until all are known, so that they differ. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
