// `npm run bench -- NAME [--json]`: runs one benchmark. Its last line of output is one JSON object.

interface Benchmark {
  readonly about: string;
  /** Loaded only when asked for, so that one benchmark does not pay for another's imports. */
  readonly load: () => Promise<{ run(args: string[]): Promise<unknown> }>;
}

const benchmarks: Readonly<Record<string, Benchmark>> = {
  adapters: {
    about:
      "throughput as adapters grow in number; the rate that evictions and placements of them bear",
    load: () => import("./adapters.ts"),
  },
  conservation: {
    about:
      "whether every GPU second of a fleet is on one line, while workers are killed and drained",
    load: () => import("./conservation.ts"),
  },
  "billing-accuracy": {
    about: "each client's own count of its tokens against the ledger, workers killed under them",
    load: () => import("./billing-accuracy.ts"),
  },
  dispatch: {
    about: "offer → granted through the production router and KV accountant, up to 10k tenants",
    load: () => import("./dispatch.ts"),
  },
  "chunked-prefill": {
    about:
      "what chunks and whole tiles are worth: capacity of a replica at a target between tokens",
    load: () => import("./chunked-prefill.ts"),
  },
  bus: {
    about: "actor messages and token frames between processes, over NATS and over gRPC",
    load: () => import("./bus.ts"),
  },
  engines: {
    about:
      "real engines: texts in mixed company, and what their drivers and the whole platform cost",
    load: () => import("./engines.ts"),
  },
  fairness: {
    about: "how fairly each policy serves tenants, on published workloads",
    load: () => import("./fairness.ts"),
  },
  fidelity: {
    about: "the simulated engine's step tables and closed loops beside measured serving runs",
    load: () => import("./fidelity.ts"),
  },
  idle: {
    about: "what a control process costs while a hundred workers beat and nobody asks anything",
    load: () => import("./idle.ts"),
  },
  locality: {
    about: "throughput, hit rate and windowed gap of many tenants' conversations on a few replicas",
    load: () => import("./locality.ts"),
  },
  margin: {
    about:
      "five shapes of work that lose money, each of another cause: whether its reason is named",
    load: () => import("./margin.ts"),
  },
  limits: {
    about:
      "one tenant's limit on a fleet of four edges, by the moments of admission, owners killed or not",
    load: () => import("./limits.ts"),
  },
  "hand-over": {
    about: "for how long nobody is admitted while a control process ends in good order",
    load: () => import("./hand-over.ts"),
  },
  metering: {
    about: "usage to the ledger while every part on the way is killed: rate, lag, lost, duplicated",
    load: () => import("./metering.ts"),
  },
  overhead: {
    about: "what the embedded platform and the fleet cost over the bare engine, beside nginx",
    load: () => import("./overhead.ts"),
  },
  registry: {
    about:
      "how soon a change of the desired state is so on every edge of a fleet: keys, aliases, rollouts",
    load: () => import("./registry.ts"),
  },
  rollout: {
    about: "good and bad versions of one name, rolled out under load: who had them, until when",
    load: () => import("./rollout.ts"),
  },
  soak: {
    about: "memory of the embedded platform under minutes of every kind of call",
    load: () => import("./soak.ts"),
  },
  "usage-queries": {
    about: "how long the ledger takes to answer about ten million records of usage, and its plans",
    load: () => import("./usage-queries.ts"),
  },
  "seed-fleet": {
    about:
      "how fast the simulator runs 500 tenants, 2,000 GPUs, 10k requests/s, beside virtual time",
    load: () => import("./seed-fleet.ts"),
  },
};

/** Of a wrong command line. */
const usageExit = 2;

const help = (): string =>
  [
    "npm run bench -- NAME [--json] [--help]",
    "",
    ...Object.entries(benchmarks).map(([name, { about }]) => `  ${name.padEnd(16)} ${about}`),
    "",
    "The last line of output is one JSON object; --json leaves everything else out.",
  ].join("\n");

async function main(args: string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h") {
    console.log(help());
    return name === undefined ? usageExit : 0;
  }
  const benchmark = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined;
  if (benchmark === undefined) {
    console.error(`no benchmark is called "${name}"\n\n${help()}`);
    return usageExit;
  }
  const loaded = await benchmark.load();
  const result = await loaded.run(rest);
  if (result !== undefined) console.log(JSON.stringify(result));
  // A benchmark with a verdict has set it.
  return Number(process.exitCode ?? 0);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (failure) {
  const { code = "", message = String(failure) } = failure as Partial<NodeJS.ErrnoException>;
  const isMistake = code.startsWith("ERR_PARSE_ARGS");
  // The first sentence names the word; the rest of node's message is about escaping.
  const why = isMistake ? `${message.split(/\.\s/)[0]}. See npm run bench -- --help` : message;
  console.error(`bench: ${why}`);
  // What was interrupted may still be at work.
  process.exit(isMistake ? usageExit : 1);
}
