import type { Cluster } from '../../model/cluster.ts';
import type { Kind } from '../../model/kinds.ts';
import { nameOf } from '../../model/manifest.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { Review } from '../../model/review.ts';
import { overrideOf, runtimeBase, switchedOffBy } from '../../model/runtime-components.ts';
import { seldonPodsIn, SELDON_POD_KINDS } from '../../model/seldon-pods.ts';
import type { Check, Finding } from '../../policy/check.ts';
import { kafkaAddressOf, sameServers, writtenAs } from './kafka-address.ts';
import type { KafkaAddress } from './kafka-address.ts';
import { kafkaAt } from './kafka-presence.ts';
import { switchOff } from './switch-off.ts';

const DATAFLOW = 'seldon-dataflow-engine';
const GATEWAY = 'seldon-pipelinegateway';
/** What does not get ready without Kafka. A modelgateway asks for it only once there is a model to serve. */
const NEEDERS: readonly string[] = [DATAFLOW, GATEWAY];

/**
 * Whether the components that stand on Kafka have one. Kafka may come after the SeldonRuntime, and nobody but a resolver
 * can tell of one outside the cluster: what is told is an address that nobody writes, and a cluster name for which there
 * is no Service. It is sure where the picture holds all Namespaces and the Kafka's is not among them.
 */
export const hasKafka: Check = {
  name: 'has-kafka',
  needs: [...new Set<Kind>([...SELDON_POD_KINDS, 'Pipeline', 'Service', 'Namespace'])],
  params: { type: 'object', additionalProperties: false },
  problems: {
    'no-kafka': ['runtime', 'components', 'because', 'short'],
    'two-kafkas': ['runtime', 'dataflow', 'gateways'],
    'not-seen': ['runtime', 'components', 'because', 'short'],
    'pipeline-waits': ['pipeline', 'because', 'short'],
  },
  evaluate(review): Iterable<Finding> {
    return review.object.known === 'Pipeline' ? pipelineFindings(review) : runtimeFindings(review);
  },
};

/** Those of the components that a SeldonRuntime brings and does not switch off. */
function needersOf(runtime: Manifest, cluster: Cluster): readonly string[] {
  const components = runtimeBase(runtime, cluster).components.map(({ name }) => name);
  return NEEDERS.filter(
    (name) => components.includes(name) && switchedOffBy(overrideOf(runtime, name)) === undefined,
  );
}

function* runtimeFindings({ object: runtime, cluster, operation }: Review): Iterable<Finding> {
  const needers = needersOf(runtime, cluster);
  const addressed = needers.map((name) => ({ name, address: kafkaAddressOf(name, runtime, cluster) }));
  const dataflow = addressed.find(({ name }) => name === DATAFLOW)?.address;
  const gateways = addressed.find(({ name }) => name === GATEWAY)?.address;
  if (dataflow !== undefined && gateways !== undefined && differ(dataflow, gateways))
    yield {
      problem: 'two-kafkas',
      field: ['spec', 'config', 'kafkaConfig'],
      data: { runtime: nameOf(runtime), dataflow: writtenAs(dataflow), gateways: writtenAs(gateways) },
    };
  for (const { components, address } of together(addressed)) {
    const lack = lackOf(address, runtime.namespace, cluster, operation === 'NONE');
    if (lack === undefined) continue;
    const data = {
      runtime: nameOf(runtime),
      components: components.join(' and '),
      because: lack.because,
      short: lack.short,
    };
    const common = { field: ['spec', 'config', 'kafkaConfig'], data, key: `no-kafka ${address.servers}` };
    if (lack.unknown) yield { ...common, problem: 'not-seen', unknown: true };
    else {
      // What a Pipeline needs is not switched off.
      const isNeeded = cluster.list('Pipeline', runtime.namespace).length > 0;
      yield {
        ...common,
        problem: 'no-kafka',
        ...(lack.surely ? {} : { effect: 'warn' }),
        ...(isNeeded ? {} : { fix: switchOff(runtime, components) }),
      };
    }
  }
}

const differ = (a: KafkaAddress, b: KafkaAddress): boolean =>
  a.servers !== '' && b.servers !== '' && !sameServers(a.servers, b.servers);

interface Needers {
  readonly components: readonly string[];
  readonly address: KafkaAddress;
}

/** The components by what they take for Kafka's address. */
function together(addressed: readonly { name: string; address: KafkaAddress }[]): readonly Needers[] {
  const groups = Map.groupBy(addressed, ({ address }) => listKey(address));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [{ components: group.map(({ name }) => name), address: first.address }];
  });
}

const listKey = ({ servers, missing }: KafkaAddress): string => JSON.stringify([servers, missing]);

interface Lack {
  readonly because: string;
  /** The same in a few words. */
  readonly short: string;
  readonly surely: boolean;
  readonly unknown: boolean;
}

function lackOf(
  address: KafkaAddress,
  namespace: string,
  cluster: Cluster,
  atRest: boolean,
): Lack | undefined {
  if (address.servers === '')
    return address.missing === undefined
      ? {
          because: writtenAs(address),
          short: 'no address is set',
          surely: address.isAsked,
          unknown: false,
        }
      : {
          because: `${address.missing} is not among the objects seen`,
          short: `${address.missing} is not among the objects seen`,
          surely: false,
          unknown: true,
        };
  const presence = kafkaAt(address.servers, namespace, cluster, atRest);
  if (presence.is === 'there') return undefined;
  return {
    because: `${writtenAs(address)}, and ${presence.because}`,
    short: presence.because,
    surely: presence.is === 'absent' && presence.surely,
    unknown: presence.is === 'unknown',
  };
}

function* pipelineFindings({ object, cluster, operation }: Review): Iterable<Finding> {
  const [runtime] = cluster.list('SeldonRuntime', object.namespace);
  if (runtime === undefined) return;
  const runs = seldonPodsIn(cluster, object.namespace).some(({ component }) => component === DATAFLOW);
  const told = (because: string, short: string): Finding => ({
    problem: 'pipeline-waits',
    field: ['metadata', 'namespace'],
    data: { pipeline: nameOf(object), because, short },
    key: 'pipeline-waits',
  });
  if (!runs) {
    const because = `${nameOf(runtime)} switches ${DATAFLOW} off`;
    return yield told(because, because);
  }
  // At rest the SeldonRuntime answers for its Kafka, so that it is told once.
  if (operation === 'NONE' || !needersOf(runtime, cluster).includes(DATAFLOW)) return;
  const lack = lackOf(kafkaAddressOf(DATAFLOW, runtime, cluster), object.namespace, cluster, false);
  if (lack?.unknown === true)
    yield {
      ...told(lack.because, lack.short),
      problem: 'not-seen',
      data: { runtime: nameOf(runtime), components: DATAFLOW, because: lack.because, short: lack.short },
      key: 'not-seen',
      unknown: true,
    };
  else if (lack !== undefined) yield told(lack.because, lack.short);
}
