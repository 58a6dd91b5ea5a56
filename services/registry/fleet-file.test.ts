import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fleetDigest } from "./desired-fleet.ts";
import type { DesiredFleet } from "./desired-fleet.ts";
import { readFleetFile } from "./fleet-file.ts";
import { problemLine } from "./fleet-problems.ts";

const example = readFileSync(new URL("../../deploy/fleet.example.yaml", import.meta.url), "utf8");

function fleetOf(text: string): DesiredFleet {
  const reading = readFleetFile(text);
  assert.equal(reading.kind, "fleet", JSON.stringify(reading));
  return reading.fleet;
}

/** What is wrong once each pair is exchanged in the example. */
let mended = "";
const lineOf = (number: number): string =>
  (mended.split("\n")[number - 1] ?? "").replace(/#.*/, "").trim();

function problemsOf(...changes: readonly (readonly [string, string])[]): readonly string[] {
  let text = example;
  for (const [from, to] of changes) {
    assert.ok(text.includes(from), `the example has no ${from}`);
    text = text.replace(from, to);
  }
  mended = text;
  const reading = readFleetFile(text);
  return reading.kind === "fleet" ? [] : reading.problems.map(problemLine);
}

test("the example is a fleet of three tenants on three tiers and four replicas in two zones", () => {
  const fleet = fleetOf(example);
  assert.deepEqual(
    fleet.tenants.map(({ policy }) => [policy.tenant, policy.tier, policy.weight, policy.band]),
    [
      ["acme", "enterprise", 8, 0],
      ["bolt", "business", 4, 0],
      ["corner", "starter", 1, 0],
    ],
  );
  assert.deepEqual(
    fleet.workers.map(({ zone, host, engine }) => [zone, host, engine.kvBlocks]),
    [
      ["eu-a", "host-a", 27_000],
      ["eu-a", "host-a", 27_000],
      ["eu-b", "host-b", 27_000],
      ["eu-b", "host-b", 27_000],
    ],
  );
  assert.equal(fleet.adapters.length, 3);
});

test("a key is hashed when the file is read, and no secret is left", () => {
  const fleet = fleetOf(example);
  assert.deepEqual(fleet.keys[0], {
    id: "acme-demo",
    tenant: "acme",
    sha256: createHash("sha256").update("fl-demo-acme").digest("hex"),
    revoked: false,
  });
  assert.ok(!JSON.stringify(fleet).includes("fl-demo"));
});

test("a tenant has its tier's limits, but for those it names itself", () => {
  const text = example.replace(
    "    tier: starter\n",
    "    tier: starter\n    limits: { concurrencyMax: 2 }\n",
  );
  const limits = fleetOf(text).tenants[2]?.policy.limits;
  assert.equal(limits?.concurrencyMax, 2);
  assert.equal(limits?.queueLengthMax, 64);
});

test("a pool may name its policy and what its work costs; neither can be nonsense", () => {
  const served = (words: string): [string, string] => [
    "    class: interactive\n",
    `    class: interactive\n${words}\n`,
  ];
  const pool = fleetOf(
    example.replace(
      ...served("    policy: dlpm\n    cost: { cachedToken: 100, adapterLoad: 5000000 }"),
    ),
  ).pools[0];
  assert.equal(pool?.policy, "dlpm");
  assert.deepEqual(pool?.cost, { cachedToken: 100, adapterLoad: 5_000_000 });
  const refused = (words: string): string => problemsOf(served(words)).join("; ");
  assert.match(
    refused("    policy: fifo"),
    /pools\[0\]\.policy: expected fcfs, lcf, rpm, drr, vtc/,
  );
  assert.match(refused("    policy: vtc-oracle"), /found "vtc-oracle"/);
  assert.match(
    refused("    cost: { outputToken: 0 }"),
    /cost\.outputToken: expected a whole number/,
  );
  assert.match(refused("    cost: { promptToken: -1 }"), /cost\.promptToken/);
  assert.match(refused("    cost: { promptToken: 10, cachedToken: 11 }"), /no dearer/);
  assert.match(refused("    cost: { outputtoken: 5 }"), /there is no such field/);
});

test("a simulated engine may say how it behaves beyond its size, and nothing brings faults from a file", () => {
  const line = "stepTokensMax: 2048";
  const told = example.replace(
    line,
    `${line}\n      preemption: swap\n      adapterCost: bad\n      prefixShare: 0.25\n      hostMs: 1.5`,
  );
  const engine = fleetOf(told).workers[0]?.engine;
  assert.ok(engine?.kind === "simulated");
  const { preemption, adapterCost, prefixShare, hostMs } = engine;
  assert.deepEqual([preemption, adapterCost, prefixShare, hostMs], ["swap", "bad", 0.25, 1.5]);
  const wrong = (term: string): string => problemsOf([line, `${line}\n      ${term}`]).join("; ");
  assert.match(wrong("preemption: move"), /recompute or swap/);
  assert.match(wrong("prefixShare: 0"), /a number from 0\.01 to 1/);
  assert.match(wrong("hostKvBlocks: 1.5"), /a whole number from 1/);
  assert.match(wrong("chunking: whole"), /total, unless batching is fifo/);
  assert.match(wrong("faultText: x"), /faultText/);
});

test("two files that say the same in another order are the same fleet", () => {
  const swapped = example.replace("tenants: [acme, bolt, corner]", "tenants: [corner, acme, bolt]");
  assert.notEqual(swapped, example);
  assert.equal(fleetDigest(fleetOf(swapped)), fleetDigest(fleetOf(example)));
  const heavier = example.replace("weight: 4", "weight: 5");
  assert.notEqual(fleetDigest(fleetOf(heavier)), fleetDigest(fleetOf(example)));
});

test("every problem is listed at once, with its line, its path and what is expected", () => {
  const problems = problemsOf(
    ["weight: 8", "weight: 0"],
    ["requestsPerMinute: 60000", "requestsPerMinute: many"],
    ["tier: starter", "tier: gold"],
    ["region: eu", "region: EU West"],
    ["kvBlockTokens: 16", "kvBlockToken: 16"],
    ["tenants: [bolt]", "tenants: [bold]"],
  );
  const bare = problems.map((line) =>
    line.replace(/^line (\d+)/, (_, number) => `line ${lineOf(Number(number))}`),
  );
  assert.deepEqual(bare.slice(0, 6), [
    "line weight: 0, tiers[0].weight: expected a whole number from 1 to 1000000, found 0",
    'line requestsPerMinute: many, tiers[0].limits.requestsPerMinute: expected a whole number from 1 to 1000000000, found "many"',
    'line tier: gold, tenants[2].tier: expected the id of a tier (enterprise, business, starter), found "gold"',
    'line region: EU West, pools[0].region: expected 1 to 63 of a-z, 0-9 and -, found "EU West"',
    "line kind: simulated, workers[0].engine.kvBlockTokens: expected a whole number from 1 to 1024, found nothing",
    "line kvBlockToken: 16, workers[0].engine.kvBlockToken: there is no such field",
  ]);
  assert.equal(
    bare.at(-1),
    'line tenants: [bold], adapters[1].tenants[0]: expected the id of a tenant (acme, bolt, corner), found "bold"',
  );
  assert.equal(problems.length, 7);
});

const wrong: readonly (readonly [string, readonly [string, string], RegExp])[] = [
  [
    "an unknown model",
    ["model: llama-3.1-8b\n    region", "model: llama-4\n    region"],
    /pools\[0\]\.model: expected the id of a model \(llama-3\.1-8b\), found "llama-4"/,
  ],
  [
    "a model without a pool",
    ["model: llama-3.1-8b\n    region", "model: llama-4\n    region"],
    /models\[0\]\.id: model llama-3\.1-8b has no pool/,
  ],
  [
    "a pool without workers",
    ["pools:\n", "pools:\n  - { id: idle, model: llama-3.1-8b, region: us, class: batch }\n"],
    /pools\[0\]\.id: pool idle has no workers/,
  ],
  [
    "an unknown pool",
    ["pool: llama-3.1-8b.eu.interactive\n    zone: eu-b", "pool: elsewhere\n    zone: eu-b"],
    /workers\[2\]\.pool: expected the id of a pool \(llama-3\.1-8b\.eu\.interactive\), found "elsewhere"/,
  ],
  [
    "a pool reserved for nobody",
    ["class: interactive", "class: reserved:ghost"],
    /pools\[0\]\.class: expected the id of a tenant/,
  ],
  ["the same id twice", ["id: bolt\n", "id: acme\n"], /tenants\[1\]\.id: acme is there twice/],
  [
    "the same secret twice",
    ["secret: fl-demo-bolt", "secret: fl-demo-acme"],
    /tenants\[1\]\.keys\[0\]\.secret: this key secret is there already, at tenants\[0\]\.keys\[0\]/,
  ],
  [
    "a key without a secret or a hash",
    ["secret: fl-demo-bolt", "revoked: true"],
    /tenants\[1\]\.keys\[0\]: expected either `sha256`/,
  ],
  [
    "a hash that is none",
    ["secret: fl-demo-bolt", "sha256: ABC"],
    /keys\[0\]\.sha256: expected a SHA-256 in 64 lower-case hex digits, found something else/,
  ],
  [
    "a replica too small for one context",
    ["kvBlocks: 27000", "kvBlocks: 100"],
    /workers\[0\]\.engine\.kvBlocks: expected room for one whole context of 32768 tokens \(2048 blocks\), found 100/,
  ],
  [
    "more GPUs than the profile has",
    ["gpus: 1", "gpus: 2"],
    /engine\.gpus: expected as many as the profile's tensor-parallel degree/,
  ],
  [
    "a default output beyond the context",
    ["outputTokensDefault: 512", "outputTokensDefault: 32768"],
    /models\[0\]\.outputTokensDefault: expected less than contextTokensMax, found 32768/,
  ],
  [
    "an adapter that a tenant has already",
    ["name: summarise", "name: sql"],
    /adapters\[2\]\.tenants\[1\]: bolt has an adapter llama-3\.1-8b:sql already/,
  ],
  [
    "an unknown section",
    ["adapters:\n", "adaptors:\n"],
    /line \d+, adaptors: there is no such section/,
  ],
  ["a tab where YAML has none", ["  - id: business", "\t- id: business"], /^line \d+: /m],
  [
    "a file of something else",
    ["tiers:", "\u007fELF\u0002\u0000tiers:"],
    /^line \d+: it is not a text file: it has \\u007f in it$/,
  ],
  [
    "an anchor that is not there, of any length",
    ["weight: 8", `weight: *${"x".repeat(5_000)}`],
    /^line \d+: \*x{60}…: there is no anchor &x{60}… above$/,
  ],
  [
    "a mistake in a long line",
    ["weight: 8", `weight: |${"x".repeat(5_000)}`],
    /^line \d+: Block scalar header .{1,400}…$/m,
  ],
  [
    "a name with the terminal's own words in it",
    ["adapters:\n", '"\\e[2J": 1\nadapters:\n'],
    /\\u001b\[2J/,
  ],
  ["a tag of another language", ["weight: 8", "weight: !!js/function 'x'"], /weight/],
];

for (const [what, change, expected] of wrong) {
  test(`refused: ${what}`, () => assert.match(problemsOf(change).join("\n"), expected));
}

const served = "5cba9ff2e16345b46dee80ba5a29d5477be1e3eef959faa6eae23b3ec8a2da45";
const h100 = example.slice(example.indexOf("kind: simulated"), example.indexOf("  - id: h100-a2"));
const llamaServer = (more = "", kvBlocks = 8 * 2048): readonly [string, string] => [
  h100,
  `kind: llama-server\n      url: http://127.0.0.1:8090\n      sequencesMax: 8\n      kvBlocks: ${kvBlocks}\n${more}`,
];
const withAdapter = (digest: string): string =>
  `      adapters:\n        - { digest: ${digest}, path: /models/sql.gguf }\n`;

test("a real engine is named by its kind and its URL, and holds blocks of 16 tokens on one processor", () => {
  const double = `      double: true\n${withAdapter(served)}`;
  const [worker] = fleetOf(example.replace(...llamaServer(double))).workers;
  assert.deepEqual(worker?.engine, {
    kind: "llama-server",
    url: "http://127.0.0.1:8090",
    double: true,
    gpus: 1,
    sequencesMax: 8,
    kvBlocks: 16_384,
    kvBlockTokens: 16,
    adapters: [{ digest: served, path: "/models/sql.gguf" }],
  });
});

const shape =
  "      modelShape: { parameters: 8.03e9, wideParameters: 1.05e9, layers: 32, heads: 32, headDim: 128, arithmetic: bfloat16 }\n";

test("a real engine's GPUs are named as nvidia-smi has them, and its model's shape is given", () => {
  const double = "      double: true\n";
  const more = `${double}      gpuIds: ["GPU-0a1b2c3d-1111-2222-3333-444455556666"]\n${shape}`;
  const [worker] = fleetOf(example.replace(...llamaServer(more))).workers;
  assert.ok(worker?.engine.kind === "llama-server");
  assert.deepEqual(worker.engine.gpuIds, ["GPU-0a1b2c3d-1111-2222-3333-444455556666"]);
  assert.equal(worker.engine.modelShape?.layers, 32);
  const [without] = fleetOf(example.replace(...llamaServer(`${double}      gpuIds: []\n`))).workers;
  assert.ok(without?.engine.kind === "llama-server" && without.engine.gpuIds?.length === 0);
});

const wrongEngines: readonly (readonly [string, readonly [string, string], RegExp])[] = [
  [
    "of no kind",
    ["kind: simulated", "kind: tpu"],
    /engine\.kind: expected simulated, llama-server, .*found "tpu"/,
  ],
  [
    "on the open internet",
    [h100, llamaServer()[1].replace("127.0.0.1", "8.8.8.8")],
    /engine\.url: expected http:\/\/HOST:PORT on loopback or a private/,
  ],
  [
    "behind a path",
    [h100, llamaServer()[1].replace("8090", "8090/v1")],
    /engine\.url: .* without a path/,
  ],
  [
    "whose slots are shorter than a context",
    llamaServer("", 8 * 2048 - 1),
    /engine\.kvBlocks: expected room for a whole context of 32768 tokens in each of its 8 slots \(16384 blocks\), found 16383/,
  ],
  [
    "with weights of nobody",
    llamaServer(withAdapter("f".repeat(64))),
    /engine\.adapters\[0\]\.digest: expected the digest of an adapter of model llama-3\.1-8b/,
  ],
  [
    "of a slice of a GPU",
    llamaServer('      gpuIds: ["MIG-0a1b2c3d-1111-2222-3333-444455556666"]\n'),
    /engine\.gpuIds\[0\]: expected a GPU's index or UUID/,
  ],
  [
    "of more GPUs than it has",
    llamaServer('      gpuIds: ["0", "1"]\n'),
    /engine\.gpuIds: expected as many as gpus/,
  ],
  [
    "whose GPU's id is no id",
    llamaServer('      gpuIds: ["0; rm -rf /"]\n'),
    /engine\.gpuIds\[0\]: expected a GPU's index or UUID/,
  ],
  [
    "whose head is larger than its model",
    llamaServer(shape.replace("1.05e9", "9e9")),
    /engine\.modelShape\.wideParameters: expected fewer than all parameters/,
  ],
  [
    "with one adapter twice",
    llamaServer(withAdapter(served) + withAdapter(served).split("\n")[1] + "\n"),
    /engine\.adapters: expected each digest once/,
  ],
];

for (const [what, change, expected] of wrongEngines) {
  test(`refused: an engine ${what}`, () => assert.match(problemsOf(change).join("\n"), expected));
}

test("what an anchor gets wrong is told once, where it stands, and not at each of its aliases", () => {
  const problems = problemsOf(["kvBlocks: 27000", "kvBlocks: none"], ["gpus: 1", "gpus: -1"]);
  assert.deepEqual(
    problems.map((line) => line.replace(/^line \d+, /, "")),
    [
      "workers[0].engine.gpus: expected a whole number from 1 to 64, found -1",
      'workers[0].engine.kvBlocks: expected a whole number from 1 to 10000000, found "none"',
    ],
  );
});

test("an alias of an anchor that is not there is told by its line, and nothing follows from it", () => {
  const problems = problemsOf(["engine: &h100", "engine: &h100a"]);
  assert.equal(problems.length, 3);
  for (const problem of problems) {
    const [, number = "0"] =
      /^line (\d+): \*h100: there is no anchor &h100 above$/.exec(problem) ?? [];
    assert.equal(lineOf(Number(number)), "engine: *h100");
  }
});

test("what is no fleet at all is refused in words", () => {
  for (const text of ["", "just words", "[]", "null", "tiers: {}", "a: &a [*a]", "42"]) {
    assert.equal(readFleetFile(text).kind, "problems", text);
  }
  const nines = (word: string): string => `[${Array<string>(9).fill(word).join(",")}]`;
  const bomb = [
    "a0: &a0 x",
    ...Array.from({ length: 9 }, (_, n) => `a${n + 1}: &a${n + 1} ${nines(`*a${n}`)}`),
  ].join("\n");
  assert.equal(readFleetFile(bomb).kind, "problems");
});

test("a key given once as a secret and once as its hash is the same key twice", () => {
  const sha256 = createHash("sha256").update("fl-demo-acme").digest("hex");
  assert.deepEqual(
    problemsOf(["secret: fl-demo-bolt", `sha256: ${sha256}`]).map((line) =>
      line.replace(/^.*?: /, ""),
    ),
    ["this key sha256 is there already, at tenants[0].keys[0]"],
  );
});

test("a problem never shows a key", () => {
  const problems = problemsOf(
    ["secret: fl-demo-bolt", "secret: 'short key'"],
    ["id: bolt-demo", "id: Bolt"],
  );
  assert.equal(problems.length, 2);
  assert.ok(!problems.join("\n").includes("short key"));
});

test("a key that stands twice in one map is told by its second line, at whatever depth", () => {
  const twice = problemsOf(["    weight: 8\n", "    weight: 8\n    weight: 9\n"]);
  assert.equal(twice.length, 1);
  assert.match(twice[0] ?? "", /: Map keys must be unique$/);
  const line = Number(/^line (\d+)/.exec(twice[0] ?? "")?.[1]);
  assert.equal(lineOf(line), "weight: 9");
});

test("a file of a megabyte that is all wrong is told in a thousand problems", () => {
  const manyKeys = Array.from({ length: 100_000 }, (_, index) => `k${index}: 1`).join("\n");
  const reading = readFleetFile(manyKeys);
  assert.equal(reading.kind === "problems" && reading.problems.length, 1000);
});
