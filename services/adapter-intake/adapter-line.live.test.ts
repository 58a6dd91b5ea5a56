import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createFleetAuthority } from "#deploy/local/servers/fleet-authority.ts";
import { startDeskDoor } from "#shared/bus/desk-door.ts";
import { DeskLine } from "#shared/bus/desk-line.ts";
import type { FleetRole, Trust } from "#shared/config/trust.ts";
import { readTrust } from "#shared/config/trust.ts";
import type {
  AdapterDesk,
  BegunUpload,
  NotBegun,
  UploadEnd,
  UploadWish,
} from "#shared/model/adapter-desk.ts";
import type { Fleet, Model, Tenant } from "#shared/model/fleet.ts";
import type { UploadedAdapter } from "#shared/model/uploaded-adapter.ts";
import { Flaw } from "./file/flaw.ts";
import { adapterAnswers } from "./adapter-answers.ts";
import { AdapterLine } from "./adapter-line.ts";

const tenant = {
  policy: { tenant: "acme" },
  trustGroup: "acme",
  models: ["m"],
} as unknown as Tenant;
const model = { id: "m" } as Model;
const wish: UploadWish = { tenant, name: "tone", model, alpha: 16 };

const kept: UploadedAdapter = {
  tenant: "acme",
  name: "tone",
  model: "m",
  digest: "0".repeat(64),
  bytes: 3,
  format: "gguf",
  rank: 8,
  alpha: 16,
  modules: ["q"],
  status: "ready",
  tried: true,
  createdAtEpochS: 1,
};
const ready: UploadEnd = { kind: "ready", adapter: kept };

const fleet = {
  tenants: [tenant],
  models: [model],
  adapters: [{ digest: kept.digest, tenants: ["acme"] }],
} as unknown as Fleet;

interface Desk extends AdapterDesk {
  readonly heard: string[];
}

interface DeskScript {
  readonly end?: UploadEnd;
  readonly refusal?: NotBegun;
  /** Of the body. */
  readonly readMax?: number;
}

/** Reads as much as it is told to, then says its end. */
function scriptedDesk({ end = ready, refusal, readMax = Infinity }: DeskScript): Desk {
  const heard: string[] = [];
  return {
    heard,
    begin: async (asked) => {
      heard.push(`begin ${asked.tenant.policy.tenant} ${asked.name} ${asked.alpha}`);
      if (refusal !== undefined) return refusal;
      const take = async (body: AsyncIterable<Uint8Array>): Promise<UploadEnd> => {
        let bytes = 0;
        try {
          for await (const chunk of body) {
            bytes += chunk.length;
            if (bytes >= readMax) break;
          }
        } catch (error) {
          heard.push("cut off");
          return { kind: "cut-off", error };
        }
        heard.push(`took ${bytes}`);
        return end;
      };
      return { bytesMax: 1, take, leave: () => undefined };
    },
    list: async () => [kept],
    find: async (_, name) => (name === "tone" ? kept : undefined),
    remove: async (_, name) => name === "tone",
  };
}

interface Stage {
  readonly line: AdapterLine;
  readonly place: string;
  readonly trustOf: (role: FleetRole) => Trust;
}

const lineTo = (place: string, trust: Trust): AdapterLine =>
  new AdapterLine({ line: new DeskLine(trust), place: () => place, fleet: () => fleet });

async function stage(context: TestContext, desk: AdapterDesk): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-desk-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const authority = createFleetAuthority(folder);
  const trustOf = (role: FleetRole): Trust => readTrust(authority.issue(role, `${role}-1`));
  const door = await startDeskDoor(
    {
      desks: new Map(adapterAnswers({ desk, fleet: () => fleet })),
      trust: trustOf("registry"),
      onFault: assert.ifError,
    },
    { host: "127.0.0.1", port: 0 },
  );
  context.after(() => door.close());
  const place = `127.0.0.1:${door.port}`;
  return { line: lineTo(place, trustOf("edge")), place, trustOf };
}

async function begun(line: AdapterLine): Promise<BegunUpload> {
  const answer = await line.begin(wish);
  assert.ok(typeof answer === "object" && "take" in answer, JSON.stringify(answer));
  return answer;
}

async function* chunks(count: number, bytes = 65_536): AsyncGenerator<Uint8Array> {
  for (let made = 0; made < count; made++) yield new Uint8Array(bytes);
}

test("a body is taken whole on the other side, and its end told as it is", async (context) => {
  const desk = scriptedDesk({});
  const { line } = await stage(context, desk);
  assert.deepEqual(await (await begun(line)).take(chunks(64)), ready);
  assert.deepEqual(desk.heard, ["begin acme tone 16", `took ${64 * 65_536}`]);
});

test("what is not begun is said before a byte of the body is read", async (context) => {
  for (const refusal of ["busy", "full", { retryAfterMs: 7 }] as const) {
    const { line } = await stage(context, scriptedDesk({ refusal }));
    assert.deepEqual(await line.begin(wish), refusal);
  }
});

test("a body that is wrong early is not read to its end", async (context) => {
  const flaw = {
    code: "too_large",
    kind: "unfit",
    message: "No.",
    at: undefined,
  } as const;
  const { line } = await stage(
    context,
    scriptedDesk({ end: { kind: "flawed", flaw }, readMax: 100_000 }),
  );
  let read = 0;
  const body = (async function* () {
    for await (const chunk of chunks(100_000)) {
      read += chunk.length;
      // As a client's bytes come: the other side's answer may overtake them.
      if (read % 1_048_576 === 0) await sleep(1);
      yield chunk;
    }
  })();
  const end = await (await begun(line)).take(body);
  const { at: _, ...told } = flaw;
  assert.deepEqual(end, { kind: "flawed", flaw: told });
  assert.ok(read < 2_000_000_000, `${read} bytes`);
});

test("a body of a few bytes that is wrong at its first is answered all the same", async (context) => {
  const flaw = new Flaw("archive", "No.", "here");
  const { line } = await stage(
    context,
    scriptedDesk({ end: { kind: "flawed", flaw }, readMax: 1 }),
  );
  for (let round = 0; round < 20; round++) {
    const end = await (await begun(line)).take(chunks(1, 14));
    const told = { code: "archive", kind: "malformed", message: "No.", at: "here" };
    assert.deepEqual(end, { kind: "flawed", flaw: told });
  }
});

test("a client that leaves ends the upload on the other side too", async (context) => {
  const desk = scriptedDesk({});
  const { line } = await stage(context, desk);
  const body = (async function* () {
    yield new Uint8Array(10);
    await sleep(20);
    throw new Error("it left");
  })();
  const end = await (await begun(line)).take(body);
  assert.equal(end.kind, "cut-off");
  for (let tries = 0; tries < 200 && !desk.heard.includes("cut off"); tries++) await sleep(10);
  assert.equal(desk.heard.at(-1), "cut off");
});

test("questions are answered, and a name is a name", async (context) => {
  const { line } = await stage(context, scriptedDesk({}));
  assert.deepEqual(await line.list("acme"), [kept]);
  assert.deepEqual(await line.find("acme", "tone"), kept);
  assert.equal(await line.find("acme", "../tone?tenant=bolt"), undefined);
  assert.deepEqual(
    [await line.remove("acme", "tone"), await line.remove("acme", "a/b")],
    [true, false],
  );
});

test("nobody but an edge is answered, and nobody with another authority's certificate", async (context) => {
  const { place, trustOf } = await stage(context, scriptedDesk({}));
  await assert.rejects(lineTo(place, trustOf("worker")).list("acme"), /403/);
  await assert.rejects(lineTo(place, trustOf("control")).begin(wish), /403/);
  const other = await stage(context, scriptedDesk({}));
  const foreign = other.trustOf("edge");
  await assert.rejects(lineTo(place, foreign).list("acme"), /certificate/);
  const believing = { ...foreign, ca: trustOf("edge").ca };
  await assert.rejects(lineTo(place, believing).list("acme"));
});

test("where a fleet has no store, that is said without asking anybody", async () => {
  const line = lineTo("", { ca: "", cert: "", key: "" });
  assert.equal(await line.begin(wish), "no-store");
  assert.deepEqual([await line.list("a"), await line.find("a", "b")], [[], undefined]);
  assert.equal(await line.remove("a", "b"), false);
});

test("a desk that is not there fails at once; one that goes away while it takes fails the upload", async (context) => {
  const { line } = await stage(context, scriptedDesk({}));
  const upload = await begun(line);
  const gone = lineTo("127.0.0.1:1", { ca: "", cert: "", key: "" });
  await assert.rejects(gone.begin(wish), /ECONNREFUSED/);
  upload.leave();
  assert.deepEqual(await upload.take(chunks(4)), { kind: "failed", fault: "down" });
});
