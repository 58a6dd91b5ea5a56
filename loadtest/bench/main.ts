// `npm run bench -- NAME [--json]`: runs one benchmark. Its last line of output is one JSON object.

interface Benchmark {
  readonly about: string;
  /** Loaded only when asked for, so that one benchmark does not pay for another's imports. */
  readonly load: () => Promise<{ run(args: string[]): Promise<unknown> }>;
}

const benchmarks: Readonly<Record<string, Benchmark>> = {
  dispatch: {
    about: "offer → granted through the production router and KV accountant, up to 10k tenants",
    load: () => import("./dispatch.ts"),
  },
  overhead: {
    about: "what the embedded platform costs over the bare engine, beside nginx",
    load: () => import("./overhead.ts"),
  },
};

const help = (): string =>
  [
    "npm run bench -- NAME [--json] [--help]",
    "",
    ...Object.entries(benchmarks).map(([name, { about }]) => `  ${name.padEnd(10)} ${about}`),
    "",
    "The last line of output is one JSON object; --json leaves everything else out.",
  ].join("\n");

async function main(args: string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h") {
    console.log(help());
    return name === undefined ? 1 : 0;
  }
  const benchmark = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined;
  if (benchmark === undefined) {
    console.error(`no benchmark is called "${name}"\n\n${help()}`);
    return 1;
  }
  const loaded = await benchmark.load();
  const result = await loaded.run(rest);
  if (result !== undefined) console.log(JSON.stringify(result));
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (failure) {
  console.error(failure instanceof Error ? failure.message : String(failure));
  process.exitCode = 1;
}
