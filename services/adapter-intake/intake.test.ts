import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { TrialEnd } from "#shared/model/adapter-trial.ts";
import type { BegunUpload, NotBegun, UploadEnd, UploadWish } from "#shared/model/adapter-desk.ts";
import type { EngineSpec, Fleet, Model, Tenant } from "#shared/model/fleet.ts";
import type { AdapterDigest, PoolId, TenantId, WorkerHostId, WorkerId } from "#shared/model/ids.ts";
import type { AdapterShelf, UploadedAdapter } from "#shared/model/uploaded-adapter.ts";
import { folderObjectStore } from "#shared/object-store/folder-object-store.ts";
import type { ObjectStore } from "#shared/object-store/object-store.ts";
import { ObjectFault } from "#shared/object-store/object-store.ts";
import { gguf, safetensors, tinyShape } from "./file/adapter-files.cases.ts";
import { Intake } from "./intake.ts";

const model: Model = {
  id: "m",
  version: "1",
  tokenizer: "quad",
  contextTokensMax: 100,
  outputTokensDefault: 10,
  createdAtEpochS: 0,
  shape: tinyShape,
};

const engines: Readonly<Record<"simulated" | "llama-cpp" | "vllm", EngineSpec>> = {
  simulated: {
    kind: "simulated",
    profile: "p",
    gpus: 1,
    kvBlocks: 1,
    kvBlockTokens: 1,
    sequencesMax: 1,
    stepTokensMax: 1,
    adapterSlots: 1,
    timeScale: 1,
  },
  "llama-cpp": {
    kind: "llama-cpp",
    modelPath: "/m.gguf",
    gpus: 1,
    kvBlocks: 1,
    kvBlockTokens: 1,
    sequencesMax: 1,
    adapters: [],
  },
  vllm: {
    kind: "vllm",
    url: "http://127.0.0.1:1",
    gpus: 1,
    kvBlocks: 1,
    kvBlockTokens: 1,
    sequencesMax: 1,
    adapters: [],
  },
};

const fleetOf = (kind: keyof typeof engines, version: number): Fleet => ({
  version,
  tenants: [],
  keys: [],
  models: [model],
  pools: [{ id: "p" as PoolId, model: "m", region: "eu", class: "interactive" }],
  workers: [
    {
      id: "w" as WorkerId,
      pool: "p" as PoolId,
      zone: "z",
      host: "h" as WorkerHostId,
      engine: engines[kind],
    },
  ],
  adapters: [],
});

const tenantOf = (id: string): Tenant => ({
  policy: {
    tenant: id as TenantId,
    tier: "t",
    weight: 1,
    band: 0,
    limits: {
      queueLengthMax: 1,
      concurrencyMax: 1,
      contextTokensMax: 1,
      requestsPerMinute: 1,
      tokensPerMinute: 1,
    },
    uploads: { adaptersMax: 2, bytesMax: 10_000, rankMax: 8 },
  },
  trustGroup: id,
  models: ["m"],
});

interface Stage {
  readonly intake: Intake;
  readonly store: ObjectStore;
  readonly rows: Map<string, UploadedAdapter>;
  readonly notes: string[];
  /** Names of files that are left, of objects and of uploads under way. */
  readonly objects: () => readonly string[];
  readonly incoming: () => readonly string[];
}

/** As the registry's own, in memory. */
function memoryShelf(rows: Map<string, UploadedAdapter>, bump: () => number): AdapterShelf {
  const keyOf = ({ tenant, name }: Pick<UploadedAdapter, "tenant" | "name">) => `${tenant}/${name}`;
  const hasBytes = (digest: string): boolean =>
    [...rows.values()].some((row) => row.digest === digest && row.status !== "rejected");
  return {
    list: async (tenant) => [...rows.values()].filter((row) => row.tenant === tenant),
    find: async (named) => rows.get(keyOf(named)),
    unsettled: async () =>
      [...rows.values()].filter(({ status }) => status === "validated" || status === "trying"),
    begin: async (adapter, adaptersMax) => {
      if (rows.get(keyOf(adapter))?.status === "rejected") rows.delete(keyOf(adapter));
      if (rows.has(keyOf(adapter))) return "exists";
      const own = [...rows.values()].filter(({ tenant }) => tenant === adapter.tenant);
      if (own.length >= adaptersMax) return "full";
      rows.set(keyOf(adapter), {
        ...adapter,
        status: "validated",
        tried: false,
        createdAtEpochS: 1,
      });
      return "begun";
    },
    try: async (kept) => {
      const row = rows.get(keyOf(kept));
      if (row?.digest !== kept.digest) return undefined;
      rows.set(keyOf(kept), { ...row, status: "trying" });
      return bump();
    },
    settle: async (kept, end) => {
      const row = rows.get(keyOf(kept));
      if (row?.digest !== kept.digest) return undefined;
      if (row.status !== "trying" && end.status === "ready") return undefined;
      rows.set(keyOf(kept), { ...row, ...end, tried: end.status === "ready" });
      return bump();
    },
    remove: async (kept) => {
      if (rows.get(keyOf(kept))?.digest !== kept.digest) return undefined;
      rows.delete(keyOf(kept));
      return { isLast: !hasBytes(kept.digest), version: bump() };
    },
    hasBytes: async (digest) => hasBytes(digest),
  };
}

function stage(
  context: TestContext,
  change: {
    readonly kind?: keyof typeof engines;
    readonly store?: (own: ObjectStore) => ObjectStore;
    readonly nowMs?: () => number;
    readonly operators?: Fleet["adapters"];
    readonly before?: (folder: string) => void;
    readonly trial?: (digest: string) => Promise<TrialEnd>;
  } = {},
): Stage {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-intake-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  change.before?.(folder);
  const rows = new Map<string, UploadedAdapter>();
  const notes: string[] = [];
  let version = 1;
  const own = folderObjectStore({ folder: join(folder, "objects") });
  const store = change.store?.(own) ?? own;
  const intake = new Intake({
    store,
    shelf: memoryShelf(rows, () => ++version),
    fleet: () => ({
      ...fleetOf(change.kind ?? "simulated", version),
      adapters: change.operators ?? [],
    }),
    trial: { run: async ({ digest }) => change.trial?.(digest) ?? { verdict: "passed", code: "" } },
    folder: join(folder, "incoming"),
    nowMs: () => change.nowMs?.() ?? 0,
    note: (event, fields) => notes.push(`${event} ${fields["code"] ?? fields["reason"] ?? ""}`),
  });
  return {
    intake,
    store,
    rows,
    notes,
    objects: () => readdirSync(join(folder, "objects")),
    incoming: () => readdirSync(join(folder, "incoming")),
  };
}

const wishOf = (name: string, tenant: string = "acme"): UploadWish => ({
  tenant: tenantOf(tenant),
  name,
  model,
  alpha: 16,
});

async function* pieces(file: Buffer): AsyncGenerator<Buffer, void, undefined> {
  for (let at = 0; at < file.length; at += 100) yield file.subarray(at, at + 100);
}

const isBegun = (begun: BegunUpload | NotBegun): begun is BegunUpload =>
  typeof begun === "object" && "take" in begun;

async function take(
  { intake }: Stage,
  wish: UploadWish,
  body: AsyncIterable<Uint8Array> = pieces(safetensors()),
): Promise<UploadEnd> {
  const begun = await intake.begin(wish);
  assert.ok(isBegun(begun), "it was not begun");
  return begun.take(body);
}

const digestOf = (file: Buffer): string => createHash("sha256").update(file).digest("hex");

test("a file that is right is stored, then ready, and nothing of its way is left", async (context) => {
  const set = stage(context);
  const end = await take(set, wishOf("a"));
  assert.equal(end.kind, "ready");
  assert.equal(end.adapter.status, "ready");
  assert.deepEqual(set.objects(), [digestOf(safetensors())]);
  assert.deepEqual(set.incoming(), []);
  assert.equal(set.intake.openUploads, 0);
  assert.deepEqual(set.notes, ["adapter-intake.ready "]);
});

test("a wrong file leaves neither bytes nor a name, and is an operator's alert", async (context) => {
  const set = stage(context);
  const end = await take(set, wishOf("a"), pieces(safetensors().subarray(0, -1)));
  assert.equal(end.kind === "flawed" && end.flaw.code, "truncated");
  assert.deepEqual([set.objects(), set.incoming(), set.rows.size], [[], [], 0]);
  assert.deepEqual(set.notes, ["adapter-intake.flawed truncated"]);
});

test("nothing more of a file is read once it is known to be wrong", async (context) => {
  const set = stage(context);
  let read = 0;
  let isLeft = false;
  const endless = (async function* () {
    try {
      for (;;) {
        read += 1;
        yield Buffer.from("PK\u0003\u0004 and so on, for ever");
      }
    } finally {
      isLeft = true;
    }
  })();
  const end = await take(set, wishOf("a"), endless);
  assert.equal(end.kind === "flawed" && end.flaw.code, "archive");
  assert.ok(read === 1 && isLeft);
});

test("others have their turns while one long chunk is judged", async (context) => {
  const set = stage(context);
  let turns = 0;
  let isOver = false;
  const turn = (): void => {
    turns += 1;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  const header = Buffer.alloc(8);
  header.writeBigUInt64LE(2n ** 21n);
  const long = Buffer.concat([header, Buffer.from("{"), Buffer.alloc(2 ** 20, " ")]);
  const wish = wishOf("a");
  const { policy } = wish.tenant;
  const uploads = { adaptersMax: 1, bytesMax: 2 ** 24, rankMax: 8 };
  const tenant = { ...wish.tenant, policy: { ...policy, uploads } };
  const end = await take(
    set,
    { ...wish, tenant },
    (async function* () {
      yield long;
    })(),
  );
  isOver = true;
  assert.equal(end.kind === "flawed" && end.flaw.code, "truncated");
  assert.ok(turns > 16, `${turns} turns`);
});

test("a body that breaks off is no fault of ours, and leaves nothing", async (context) => {
  const set = stage(context);
  const broken = (async function* () {
    yield safetensors().subarray(0, 300);
    throw new Error("hung up");
  })();
  assert.equal((await take(set, wishOf("a"), broken)).kind, "cut-off");
  assert.deepEqual([set.incoming(), set.rows.size, set.notes], [[], 0, []]);
  assert.equal(set.intake.openUploads, 0);
});

for (const kind of ["down", "slow", "denied", "corrupt"] as const) {
  test(`a store that is ${kind} leaves no name behind, and the next upload finds room`, async (context) => {
    let isBroken = true;
    const set = stage(context, {
      store: (own) => ({
        ...own,
        put: async (put) => {
          if (isBroken) throw new ObjectFault(kind, "it is broken");
          return own.put(put);
        },
      }),
    });
    assert.deepEqual(await take(set, wishOf("a")), { kind: "failed", fault: kind });
    assert.deepEqual([set.rows.size, set.incoming()], [0, []]);
    assert.match(set.notes.join(), /adapter-intake\.failed/);
    isBroken = false;
    assert.equal((await take(set, wishOf("a"))).kind, "ready");
  });
}

test("a name is taken once, also by two who ask at the same time", async (context) => {
  const set = stage(context);
  const ends = await Promise.all([
    take(set, wishOf("a")),
    take(set, wishOf("a"), pieces(gguf())).catch(() => undefined),
    take(set, wishOf("a")),
  ]);
  assert.equal(ends.filter((end) => end?.kind === "ready").length, 1);
  assert.equal((await take(set, wishOf("a"))).kind, "exists");
  assert.equal((await take(set, wishOf("b"))).kind, "ready");
  assert.deepEqual(await take(set, wishOf("c")), { kind: "full", adaptersMax: 2 });
  assert.equal((await take(set, wishOf("a", "bolt"))).kind, "ready");
});

test("ten thousand at once: so many as there are slots, the rest at no cost", async (context) => {
  const set = stage(context);
  const begun = await Promise.all(
    Array.from({ length: 10_000 }, (_, index) =>
      set.intake.begin(wishOf(`n${index}`, `tenant-${index % 100}`)),
    ),
  );
  const uploads = begun.filter(isBegun);
  assert.equal(uploads.length, 16);
  assert.ok(begun.every((each) => typeof each !== "string" || each === "busy"));
  assert.deepEqual(set.incoming(), []);
  for (const upload of uploads) {
    upload.leave();
    upload.leave();
  }
  assert.equal(set.intake.openUploads, 0);
  const own = await Promise.all(Array.from({ length: 6 }, () => set.intake.begin(wishOf("a"))));
  assert.deepEqual(own.slice(4), ["busy", "busy"]);
  assert.equal(typeof (await set.intake.begin(wishOf("a", "bolt"))), "object");
});

const unread = (async function* () {
  yield assert.fail("the body was read");
})();

test("what is known before the body is said before a byte of it is read", async (context) => {
  const operators = [
    {
      name: "theirs",
      digest: "0".repeat(64) as AdapterDigest,
      model: "m",
      bytes: 1,
      tenants: ["acme" as TenantId],
    },
  ];
  const set = stage(context, { operators });
  await take(set, wishOf("a"));
  assert.deepEqual(await take(set, wishOf("a"), unread), { kind: "exists" });
  assert.deepEqual(await take(set, wishOf("theirs"), unread), { kind: "operators" });
  assert.equal((await take(set, wishOf("theirs", "bolt"))).kind, "ready");
  await take(set, wishOf("b"));
  assert.deepEqual(await take(set, wishOf("c"), unread), { kind: "full", adaptersMax: 2 });
});

test("a tenant that uploads wrong files, or deletes what it brings, without end is told when to come back", async (context) => {
  let nowMs = 0;
  const set = stage(context, { nowMs: () => nowMs });
  for (let round = 0; round < 16; round++) {
    await take(set, wishOf("a"), pieces(Buffer.from("PK\u0003\u0004 and so on")));
    await take(set, wishOf("a"));
    assert.equal(await set.intake.remove("acme", "a"), true);
  }
  assert.deepEqual(await set.intake.begin(wishOf("a")), { retryAfterMs: 10_000 });
  assert.equal(set.intake.openUploads, 0);
  assert.equal(typeof (await set.intake.begin(wishOf("a", "bolt"))), "object");
  nowMs = 10_000;
  assert.equal((await take(set, wishOf("a"))).kind, "ready");
});

test("bytes go with the last adapter that has them, not before", async (context) => {
  const set = stage(context);
  await take(set, wishOf("a"));
  await take(set, wishOf("b", "bolt"));
  assert.equal(await set.intake.remove("acme", "b"), false);
  assert.equal(await set.intake.remove("acme", "a"), true);
  assert.equal(await set.intake.remove("acme", "a"), false);
  assert.equal(set.objects().length, 1);
  assert.equal(await set.intake.remove("bolt", "b"), true);
  assert.deepEqual(set.objects(), []);
});

test("one tenant deletes what another brings at that moment: who has it ready has its bytes", async (context) => {
  const set = stage(context, {
    store: (own) => ({
      ...own,
      delete: async (digest) => {
        await sleep(30);
        await own.delete(digest);
      },
    }),
  });
  await take(set, wishOf("a"));
  const removing = set.intake.remove("acme", "a");
  await sleep(5);
  const end = await take(set, wishOf("b", "bolt"));
  assert.equal(await removing, true);
  assert.equal(end.kind, "ready");
  assert.deepEqual(set.objects(), [digestOf(safetensors())]);
});

/** Other weights, of another digest. */
const otherFile = (): Buffer => {
  const file = safetensors();
  file.writeFloatLE(0.25, file.length - 4);
  return file;
};

test("deleted while other bytes came under the same name: no bytes are left that nobody has", async (context) => {
  const { promise: isDeleting, resolve: deleting } = Promise.withResolvers<void>();
  const { promise: mayDelete, resolve: goOn } = Promise.withResolvers<void>();
  let isFirst = true;
  const set = stage(context, {
    store: (own) => ({
      ...own,
      delete: async (digest) => {
        if (isFirst) {
          isFirst = false;
          deleting();
          await mayDelete;
        }
        await own.delete(digest);
      },
      put: async (put) => {
        await own.put(put);
        // Long enough for a deletion that does not wait to come between.
        if (put.digest === digestOf(otherFile())) await sleep(30);
      },
    }),
  });
  await take(set, wishOf("a"));
  const first = set.intake.remove("acme", "a");
  await isDeleting;
  // Its row is gone; these find the second's, or nothing, while the first's turn is still held.
  set.rows.set("acme/a", {
    tenant: "acme",
    name: "a",
    model: "m",
    digest: digestOf(safetensors()),
    bytes: safetensors().length,
    format: "safetensors",
    rank: 1,
    alpha: 16,
    modules: [],
    status: "ready",
    tried: true,
    createdAtEpochS: 1,
  });
  const second = set.intake.remove("acme", "a");
  await sleep(1);
  set.rows.delete("acme/a");
  const other = take(set, wishOf("a"), pieces(otherFile()));
  while (!set.rows.has("acme/a")) await sleep(1);
  goOn();
  assert.equal(await first, true);
  // Deleted in its turn, before its trial had ended.
  assert.equal((await other).kind, "cut-off");
  assert.equal(await second, true);
  assert.deepEqual([set.rows.size, set.objects()], [0, []]);
});

test("bytes that were stored for a row that is gone are deleted, unless somebody has them", async (context) => {
  for (const others of [0, 1]) {
    let forget = (): void => undefined;
    const set = stage(context, {
      store: (own) => ({
        ...own,
        put: async (put) => {
          await own.put(put);
          forget();
        },
      }),
    });
    if (others === 1) await take(set, wishOf("b", "bolt"));
    forget = () => void set.rows.delete("acme/a");
    assert.equal((await take(set, wishOf("a"))).kind, "cut-off");
    assert.equal(set.objects().length, others);
  }
});

test("bytes that nobody's adapter has are deleted at the start, and told", async (context) => {
  const set = stage(context);
  await take(set, wishOf("a"));
  const digest = digestOf(otherFile());
  await set.store.put({ digest, bytes: otherFile().length, body: pieces(otherFile()) });
  await set.intake.recover();
  assert.deepEqual(set.objects(), [digestOf(safetensors())]);
  assert.deepEqual(set.notes.slice(1), ["adapter-intake.swept "]);
});

test("a store that does not delete is a note; the name is gone all the same", async (context) => {
  const set = stage(context, {
    store: (own) => ({
      ...own,
      delete: async () => {
        throw new ObjectFault("down", "it is down");
      },
    }),
  });
  await take(set, wishOf("a"));
  assert.equal(await set.intake.remove("acme", "a"), true);
  assert.match(set.notes.join(), /adapter-intake\.orphan it is down/);
});

test("what was being stored when the process ended is tried if its bytes are there, else rejected", async (context) => {
  const tried: string[] = [];
  const set = stage(context, {
    trial: async (digest) => {
      tried.push(digest);
      return { verdict: "passed", code: "" };
    },
  });
  await take(set, wishOf("a"));
  const row = set.rows.get("acme/a");
  assert.ok(row !== undefined);
  set.rows.set("acme/a", { ...row, status: "validated" });
  set.rows.set("acme/b", { ...row, name: "b", digest: "0".repeat(64), status: "validated" });
  await set.intake.recover();
  assert.equal(set.rows.get("acme/a")?.status, "trying");
  await set.intake.resumed();
  assert.equal(set.rows.get("acme/a")?.status, "ready");
  assert.deepEqual(tried, [row.digest, row.digest]);
  assert.equal(set.rows.get("acme/b")?.status, "rejected");
  assert.match(set.rows.get("acme/b")?.reason ?? "", /upload it again/);
  assert.equal((await take(set, wishOf("b"))).kind, "ready");
});

test("what fails its trial is rejected with what to mend, its bytes are dropped, its name is given away", async (context) => {
  let code = "request_crashes_engine";
  const set = stage(context, {
    trial: async () => ({ verdict: code === "" ? "passed" : "failed", code }),
  });
  const end = await take(set, wishOf("a"));
  assert.ok(end.kind === "trial-failed");
  assert.match(end.reason, /failed each time .* upload it again\.$/);
  const row = set.rows.get("acme/a");
  assert.deepEqual([row?.status, row?.tried, row?.reason], ["rejected", false, end.reason]);
  assert.deepEqual([set.objects(), set.incoming()], [[], []]);
  assert.deepEqual(set.notes, ["adapter-intake.trial-failed request_crashes_engine"]);
  assert.equal(set.intake.openUploads, 0);
  code = "";
  assert.equal((await take(set, wishOf("a"))).kind, "ready");
  // The same bytes, which somebody has ready: those are kept.
  code = "adapter_unavailable";
  assert.equal((await take(set, wishOf("b", "bolt"))).kind, "trial-failed");
  assert.equal(set.objects().length, 1);
});

test("what no worker could try is turned back, and leaves neither bytes nor a name", async (context) => {
  const set = stage(context, {
    trial: async () => ({ verdict: "unavailable", code: "deadline_passed" }),
  });
  assert.deepEqual(await take(set, wishOf("a")), { kind: "trial-unavailable" });
  assert.deepEqual([set.rows.size, set.objects()], [0, []]);
  assert.deepEqual(set.notes, ["adapter-intake.trial-unavailable deadline_passed"]);
});

test("what is on trial can be deleted, and neither its end nor its bytes are left", async (context) => {
  const { promise: isTried, resolve: goOn } = Promise.withResolvers<TrialEnd>();
  const set = stage(context, { trial: () => isTried });
  const taking = take(set, wishOf("a"));
  for (let round = 0; set.rows.get("acme/a")?.status !== "trying"; round++) {
    assert.ok(round < 2_000, "it was never on trial");
    await sleep(1);
  }
  assert.equal(await set.intake.remove("acme", "a"), true);
  goOn({ verdict: "passed", code: "" });
  assert.equal((await taking).kind, "cut-off");
  assert.deepEqual([set.rows.size, set.objects()], [0, []]);
});

test("a process that ends in a trial leaves it to the next one, which tries until it is known, or rejects", async (context) => {
  const ends: TrialEnd[] = [{ verdict: "stopped", code: "" }];
  const set = stage(context, {
    trial: async () => ends.shift() ?? { verdict: "unavailable", code: "deadline_passed" },
  });
  assert.equal((await take(set, wishOf("a"))).kind, "failed");
  assert.equal(set.rows.get("acme/a")?.status, "trying");
  ends.push({ verdict: "stopped", code: "" });
  await set.intake.recover();
  await set.intake.resumed();
  assert.equal(set.rows.get("acme/a")?.status, "trying");
  ends.push({ verdict: "unavailable", code: "" }, { verdict: "passed", code: "" });
  await set.intake.recover();
  await set.intake.resumed();
  assert.deepEqual([set.rows.get("acme/a")?.status, ends], ["ready", []]);
  const row = set.rows.get("acme/a");
  assert.ok(row !== undefined);
  set.rows.set("acme/a", { ...row, status: "trying", tried: false });
  await set.intake.recover();
  await set.intake.resumed();
  assert.match(set.rows.get("acme/a")?.reason ?? "", /no worker could try it since/);
  assert.deepEqual(set.objects(), []);
});

test("what a crash left of uploads is gone at the start, what is not ours stays", (context) => {
  const set = stage(context, {
    before: (folder) => {
      folderObjectStore({ folder: join(folder, "incoming") });
      writeFileSync(join(folder, "incoming", `${"0".repeat(36)}.upload`), "half");
      writeFileSync(join(folder, "incoming", "note.txt"), "somebody's own");
    },
  });
  assert.deepEqual(set.incoming(), ["note.txt"]);
});

test("only what every engine of a model can load while it runs is taken", async (context) => {
  const cpu = stage(context, { kind: "llama-cpp" });
  const wrong = await take(cpu, wishOf("a"));
  assert.equal(wrong.kind === "flawed" && wrong.flaw.code, "format_not_served");
  const right = await take(cpu, { ...wishOf("a"), alpha: undefined }, pieces(gguf()));
  assert.equal(right.kind, "ready");
  assert.equal(await stage(context, { kind: "vllm" }).intake.begin(wishOf("a")), "no-uploads");
  const { shape: _, ...shapeless } = model;
  assert.equal(await cpu.intake.begin({ ...wishOf("a"), model: shapeless }), "no-shape");
});
