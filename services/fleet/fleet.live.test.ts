import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Client, Metadata, credentials, status } from "@grpc/grpc-js";
import OpenAI from "openai";
import { requiredState } from "#deploy/local/cluster/cluster-state.ts";
import { clusterDown } from "#deploy/local/cluster/down.ts";
import { restartProcess } from "#deploy/local/cluster/restart.ts";
import { clusterStatus } from "#deploy/local/cluster/status.ts";
import { identityOf } from "#deploy/local/processes/process-identity.ts";
import { clusterUp } from "#deploy/local/cluster/up.ts";
import { createFleetAuthority } from "#deploy/local/servers/fleet-authority.ts";
import { fairlead } from "#proto/inference.js";
import { chatPrompt, legalText } from "#services/embedded/legal-text.cases.ts";
import { booksAreOwn } from "#services/embedded/own-books.cases.ts";
import type { Stranger } from "./cannot-join.cases.ts";
import { mutePlace, startStranger, strangers } from "./cannot-join.cases.ts";
import { fairleadSays, lastWordOf } from "./drain-ends.cases.ts";
import type { LoadAnswer } from "./light-load.cases.ts";
import { startLightLoad } from "./light-load.cases.ts";
import { askAdapters, failsItsTrial, queryAdapter } from "./uploads.cases.ts";
import {
  outputTokensAsked,
  quotaPrompt,
  streamOverGrpc,
  streamOverHttp,
  withQuotas,
} from "./quota-ends.cases.ts";

// A real fleet in three zones: separate processes, three NATS, three etcd, Postgres, all with their certificates.

const model = "llama-3.1-8b";
const folder = join(mkdtempSync(join(tmpdir(), "fairlead-fleet-test-")), "cluster");

/** What the engines of this fleet refuse to compute with. */
const refusing = queryAdapter(41);

before(async () => {
  const faults = { FAIRLEAD_ENGINE_ADAPTER_FAULTS: `${refusing.digest}=error:100` };
  await clusterUp({ folder, edges: 2, workers: 4, settings: { ...process.env, ...faults } });
});
after(async () => {
  await clusterDown(folder);
  rmSync(join(folder, ".."), { recursive: true, force: true });
});

const processes = async () => (await clusterStatus(folder)).processes;
type Process = Awaited<ReturnType<typeof processes>>[number];

async function ofRole(role: string): Promise<readonly Process[]> {
  const found = (await processes()).filter((process) => process.role === role);
  assert.ok(found.length > 0, `no ${role}`);
  return found;
}

async function edges(): Promise<readonly string[]> {
  return (await ofRole("edge")).map(({ http = "" }) => http);
}

async function admin(path: string, init: RequestInit = {}): Promise<Response> {
  const [registry] = await ofRole("registry");
  return fetch(`http://${registry?.admin}${path}`, init);
}

async function applyFleet(body: string): Promise<void> {
  const headers = { "content-type": "application/yaml" };
  const answer = await admin("/admin/v1/fleet", { method: "PUT", headers, body });
  assert.equal(answer.status, 200, await answer.text());
}

const openai = (edge: string, tenant: string, keys: "demo" | "quota" = "demo"): OpenAI =>
  new OpenAI({ apiKey: `fl-${keys}-${tenant}`, baseURL: `http://${edge}/v1`, maxRetries: 0 });

test("every process of the fleet is ready, and every role with company is in several zones", async () => {
  const all = await processes();
  assert.deepEqual(
    all.filter(({ ready }) => !ready),
    [],
  );
  const zonesOf = (role: string): number =>
    new Set(all.filter((process) => process.role === role).map(({ zone }) => zone)).size;
  assert.deepEqual(["nats", "etcd", "worker", "edge", "control"].map(zonesOf), [3, 3, 3, 2, 2]);
});

test("the official client streams on every edge for every tenant, and each text is the oracle's", async () => {
  const asked = (await edges()).flatMap((edge) =>
    ["acme", "bolt", "corner"].map((tenant) => ({ edge, tenant })),
  );
  const texts = await Promise.all(
    asked.map(async ({ edge, tenant }) => {
      const stream = await openai(edge, tenant).chat.completions.create({
        model,
        messages: [{ role: "user", content: "The same question" }],
        max_tokens: 40,
        stream: true,
      });
      let text = "";
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
      return text;
    }),
  );
  const prompt = chatPrompt("The same question");
  assert.deepEqual(
    texts,
    asked.map(({ tenant }) => legalText({ tenant, prompt, outputTokensMax: 40 })),
  );
});

test("an adapter is loaded on a worker and changes the text; a foreign one does not exist", async () => {
  const [edge = ""] = await edges();
  const digest = "c7d7e177cefeeda66c0ebfada961a64645fb7427fd08552816a547776dd1eeb5";
  const ask = (tenant: string) =>
    openai(edge, tenant).completions.create({
      model: `${model}:support-tone`,
      prompt: "with an adapter",
      max_tokens: 12,
    });
  const { choices } = await ask("acme");
  const question = { tenant: "acme", prompt: "with an adapter", outputTokensMax: 12 };
  assert.equal(choices[0]?.text, legalText({ ...question, adapterDigest: digest }));
  await assert.rejects(ask("bolt"), OpenAI.NotFoundError);
});

test("gRPC generates the same text with the same key, and refuses without one", async () => {
  const { GenerateRequest, GenerateResponse } = fairlead.inference.v1;
  const [edge] = await ofRole("edge");
  const client = new Client(edge?.grpc ?? "", credentials.createInsecure());
  const request = { model, prompt: "over gRPC", params: { maxTokens: 20 } };
  const generate = (metadata: Metadata): Promise<string> =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        "/fairlead.inference.v1.Inference/Generate",
        (message: typeof request) => Buffer.from(GenerateRequest.encode(message).finish()),
        (bytes) => GenerateResponse.decode(bytes),
        request,
        metadata,
        (error, response) => (error === null ? resolve(response?.text ?? "") : reject(error)),
      );
    });
  const withKey = new Metadata();
  withKey.set("authorization", "Bearer fl-demo-bolt");
  const legal = legalText({ tenant: "bolt", prompt: "over gRPC", outputTokensMax: 20 });
  assert.equal(await generate(withKey), legal);
  await assert.rejects(generate(new Metadata()), { code: status.UNAUTHENTICATED });
  client.close();
});

test("a request's story, usage and metrics are gathered over all processes it met", async () => {
  const [, edge = ""] = await edges();
  const { data, response } = await openai(edge, "corner")
    .completions.create({ model, prompt: "a story", max_tokens: 10 })
    .withResponse();
  const requestId = response.headers.get("x-request-id") ?? "";
  const events = await until(async () => {
    const answer = await admin(`/admin/v1/requests/${requestId}`);
    const { stages } = (await answer.json()) as { stages?: readonly { readonly event: string }[] };
    const told = stages?.map(({ event }) => event);
    return told?.includes("queue.settled") ? told : undefined;
  });
  const path = [
    "session.opened",
    "queue.admitted",
    "kv.reserved",
    "router.granted",
    "worker.started",
    "session.first-token",
    "session.finished",
  ];
  assert.deepEqual(
    events.filter((event) => path.includes(event)),
    path,
    "in this order",
  );
  const usage = await until(async () => {
    const answer = await admin(`/admin/v1/usage?request=${requestId}`);
    const { records } = (await answer.json()) as { records: readonly Record<string, unknown>[] };
    return records.find(({ isFinal }) => isFinal);
  });
  assert.equal(usage["tenant"], "corner");
  assert.equal(usage["outputTokens"], data.usage?.completion_tokens);
  const metrics = await (await admin("/metrics")).text();
  assert.match(metrics, /fairlead_requests_total\{[^}]*tenant="corner"[^}]*\} [1-9]/);
  assert.match(metrics, /fairlead_worker_blocks\{[^}]*worker="[^"]+"[^}]*\} [1-9]/);
});

test("a tenant is told its own usage at any edge as its replies told it, and nothing of another's", async () => {
  const [first = "", second = ""] = await edges();
  const url = (tenant: string): string => `http://${tenant === "acme" ? first : second}`;
  await booksAreOwn({ model, url });
});

test("the operator's command line shows the fleet as it shows the embedded platform", async () => {
  const [registry] = await ofRole("registry");
  const fairleadSays = (...words: readonly string[]): string => {
    const {
      status: code,
      stdout,
      stderr,
    } = spawnSync(process.execPath, ["services/console/fairlead.ts", ...words], {
      encoding: "utf8",
      env: { ...process.env, FAIRLEAD_ADMIN_URL: `http://${registry?.admin}` },
    });
    assert.equal(code, 0, stderr);
    return stdout;
  };
  for (const tenant of ["acme", "bolt", "corner"]) {
    assert.match(fairleadSays("tenants"), new RegExp(`${tenant} .*serving`));
  }
  assert.equal(fairleadSays("workers").match(/serving/g)?.length, 4);
  assert.match(fairleadSays("pools"), /interactive .*serving/);
});

test("a hard quota ends a running stream by its own error over either door, and a soft one is only told", async () => {
  const file = readFileSync(join(folder, "fleet.yaml"), "utf8");
  const hard = { period: "day", metric: "tokens", limit: 150, mode: "hard" } as const;
  const quotas = { "hard-http": hard, "hard-grpc": hard, soft: { ...hard, mode: "soft" } } as const;
  await applyFleet(withQuotas(file, quotas));
  const [, edge] = await ofRole("edge");
  const { http = "", grpc = "" } = edge ?? {};
  const listed = (tenant: string): Promise<boolean> =>
    openai(http, tenant, "quota")
      .models.list()
      .then(
        () => true,
        () => false,
      );
  for (const tenant of Object.keys(quotas)) {
    await until(async () => (await listed(tenant)) || undefined);
  }
  const textOf = (tenant: string, outputTokensMax: number): string =>
    legalText({ tenant, prompt: quotaPrompt, outputTokensMax });
  const [overHttp, overGrpc, soft] = await Promise.all([
    streamOverHttp(http, "hard-http"),
    streamOverGrpc(grpc, "hard-grpc"),
    streamOverGrpc(grpc, "soft"),
  ]);
  assert.deepEqual([overHttp.end, overHttp.text], ["insufficient_quota", textOf("hard-http", 140)]);
  assert.deepEqual([overGrpc.end, overGrpc.text], ["insufficient_quota", textOf("hard-grpc", 140)]);
  assert.deepEqual([soft.end, soft.text], ["whole", textOf("soft", outputTokensAsked)]);
  // From now on at once, and the soft one is served and told.
  const usedUp = /^hard day tokens; window=\d{4}-\d\d-\d\d; used=100%; reset=\w+$/;
  for (const refused of [
    await streamOverHttp(http, "hard-http"),
    await streamOverGrpc(grpc, "hard-grpc"),
  ]) {
    assert.deepEqual([refused.text, refused.end], ["", "insufficient_quota"]);
    assert.match(refused.alert, usedUp);
  }
  const again = await streamOverHttp(http, "soft");
  assert.equal(again.end, "whole");
  assert.match(again.alert, /^soft day tokens; window=.*; used=\d{3}%; reset=/);
  await applyFleet(file);
});

test("a change of the desired state reaches every edge within a second", async () => {
  const file = readFileSync(join(folder, "fleet.yaml"), "utf8");
  const refusedAt = async (edge: string): Promise<boolean> =>
    openai(edge, "corner")
      .models.list()
      .then(
        () => false,
        (error: unknown) => error instanceof OpenAI.AuthenticationError,
      );
  const revoked = file.replace(/(id: corner-demo\n)/, "$1        revoked: true\n");
  assert.notEqual(revoked, file);
  await applyFleet(revoked);
  const atMs = performance.now();
  for (const edge of await edges()) await until(async () => (await refusedAt(edge)) || undefined);
  assert.ok(performance.now() - atMs < 1000);
  await applyFleet(file);
  for (const edge of await edges()) await until(async () => !(await refusedAt(edge)) || undefined);
});

test("a tenant's adapter is brought at one edge and called at every other, and nobody else sees it", async () => {
  const [first = "", ...others] = await edges();
  const { file, digest } = queryAdapter(1);
  const path = `?name=tone&base_model=${model}&alpha=8`;
  const bring = (body: Buffer) => askAdapters({ edge: first, path, method: "POST", body });
  const made = await bring(file);

  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.deepEqual([made.body["status"], made.body["digest"]], ["ready", digest]);
  assert.equal(made.body["tried"], true);
  const ask = (edge: string, tenant: string) =>
    openai(edge, tenant).completions.create({
      model: `${model}:tone`,
      prompt: "with my own",
      max_tokens: 12,
    });
  const isKnownAt = async (edge: string): Promise<string | undefined> =>
    ask(edge, "acme").then(
      ({ choices }) => choices[0]?.text,
      () => undefined,
    );
  const question = { tenant: "acme", prompt: "with my own", outputTokensMax: 12 };
  const legal = legalText({ ...question, adapterDigest: digest });
  const readyAtMs = performance.now();
  for (const edge of [first, ...others]) {
    assert.equal(await until(() => isKnownAt(edge)), legal);
    assert.deepEqual((await askAdapters({ edge, path: "/tone" })).body, made.body);
    assert.equal((await askAdapters({ edge, path: "/tone", tenant: "bolt" })).status, 404);
    await assert.rejects(ask(edge, "bolt"), OpenAI.NotFoundError);
  }
  assert.ok(performance.now() - readyAtMs < 3_000);
  const again = await bring(file);
  assert.deepEqual([again.status, again.body.error?.code], [409, "adapter_exists"]);
  const archive = Buffer.from("PK\u0003\u0004 and so on");
  const wrong = await askAdapters({
    edge: first,
    path: path.replace("tone", "zip"),
    method: "POST",
    body: archive,
  });
  assert.deepEqual([wrong.status, wrong.body.error?.code], [400, "invalid_adapter_file"]);
  const [last = first] = others;
  await failsItsTrial(refusing.file, { edges: [first, last], model });
  assert.equal((await askAdapters({ edge: last, path: "/tone", method: "DELETE" })).status, 200);
  await until(async () => ((await isKnownAt(first)) === undefined ? true : undefined));
  const objects = join(folder, "objects");
  assert.deepEqual(readdirSync(objects), []);
});

test("while nobody takes adapters in, that is said with when to come back, and nothing else suffers", async () => {
  const [registry] = await ofRole("registry");
  const [edge = ""] = await edges();
  assert.ok(registry !== undefined);
  const member = requiredState(folder).members.find(({ name }) => name === registry.name);
  process.kill(member?.pid ?? 0, "SIGKILL");
  const { file } = queryAdapter(2);
  const path = `?name=later&base_model=${model}&alpha=8`;
  const refused = await askAdapters({ edge, path, method: "POST", body: file });
  assert.deepEqual([refused.status, refused.body.error?.code], [503, "uploads_unavailable"]);
  assert.ok(Number(refused.retryAfter) > 0);
  const { choices } = await openai(edge, "bolt").completions.create({
    model,
    prompt: "meanwhile",
    max_tokens: 8,
  });
  const meanwhile = { tenant: "bolt", prompt: "meanwhile", outputTokensMax: 8 };
  assert.equal(choices[0]?.text, legalText(meanwhile));
  await restartProcess(folder, registry.name);
  await until(async () => {
    const { status } = await askAdapters({ edge, path, method: "POST", body: file });
    return status === 201 || status === 409 ? true : undefined;
  });
  assert.equal((await askAdapters({ edge, path: "/later", method: "DELETE" })).status, 200);
});

test("a process that cannot or may not join says why, in one message, and leaves nothing behind", async (context) => {
  const { members } = requiredState(folder);
  const like = (role: string) => {
    const member = members.find((candidate) => candidate.role === role);
    assert.ok(member !== undefined);
    return member;
  };
  const mute = await mutePlace();
  context.after(() => mute.close());
  const cases = strangers({
    folder: join(folder, ".."),
    authority: createFleetAuthority(join(folder, "authority")),
    takenPort: like("edge").http?.split(":")[1] ?? "",
    usedOutbox: like("edge").command.environment["FAIRLEAD_OUTBOX_FOLDER"] ?? "",
    mute: mute.place,
  });
  const check = async (stranger: Stranger): Promise<void> => {
    const { code, said, tookMs } = await startStranger(like(stranger.role).command, stranger);
    assert.match(said, stranger.says, stranger.sentence);
    assert.doesNotMatch(said, /^\s+at /m, `${stranger.sentence}: a stack is no message`);
    assert.equal(code, 1, stranger.sentence);
    assert.ok(tookMs < 30_000, `${stranger.sentence}: took ${Math.round(tookMs)} ms`);
  };
  // A few at once: most of their time is waiting for servers that do not answer.
  for (let first = 0; first < cases.length; first += 3) {
    await Promise.all(cases.slice(first, first + 3).map(check));
  }
  const answer = await admin("/admin/v1/processes");
  assert.doesNotMatch(await answer.text(), /stranger/);
});

test("SIGTERM ends one process of every role with its proof, under light load, and nobody notices", async () => {
  const load = startLightLoad({ edges: await edges(), everyMs: 50 });
  const edgeThatEnds = (await ofRole("edge")).at(-1);
  try {
    for (const role of ["worker", "control", "metering", "registry", "edge"]) {
      const { name, zone } = (await ofRole(role)).at(-1) ?? assert.fail(role);
      const { isKilled, line } = await lastWordOf(folder, name);
      const empty = { ownedRequests: 0, unsettledCharges: 0, kvBlocksHeld: 0 };
      const said = JSON.stringify({ role, process: name, zone, ...empty });
      assert.deepEqual([isKilled, line], [false, `fairlead drained ${said}`]);
      await restartProcess(folder, name);
      await until(async () => (await processes()).every(({ ready }) => ready) || undefined, 15_000);
    }
  } finally {
    const { wrong, failed } = await load.stop();
    assert.deepEqual(wrong, []);
    // One that is asked while its edge is away finds nobody there.
    assert.deepEqual(
      failed.filter(({ edge }) => edge !== edgeThatEnds?.http),
      [],
    );
  }
});

test("a zone is drained with its proof, stays so over a restart, and is given back", async () => {
  const [registry] = await ofRole("registry");
  const fairlead = (...words: readonly string[]) => fairleadSays(registry?.admin ?? "", ...words);
  const of = async (name: string) => (await processes()).find((one) => one.name === name);
  const load = startLightLoad({ edges: await edges(), everyMs: 50 });
  const { code, out } = await fairlead("drain", "zone", "eu-b", "--patience", "500ms");
  assert.equal(code, 0, out);
  assert.match(out, /^zone eu-b is drained\nWORKER .*\nh100-2  eu-b  drained +0 +0 +0\n/);
  assert.match(out, /\nedge-b-1 is not ready for new clients\n/);
  assert.match(out, /\ncontrol-b-1 owns nothing\n/);
  assert.deepEqual((await of("edge-b-1"))?.missing, ["zone eu-b is drained"]);
  // What comes back in a drained zone is drained.
  await restartProcess(folder, "worker-b-1");
  const state = async (): Promise<string> =>
    JSON.parse((await fairlead("workers", "--json")).out).workers[1].state;
  await until(async () => (await state()) === "drained" || undefined, 15_000);
  const last = await fairlead("drain", "zone", "eu-a");
  assert.equal(last.code, 1);
  assert.match(
    last.complaint,
    /^fairlead: eu-a is the last: it would leave the fleet without an edge/,
  );
  assert.equal((await fairlead("uncordon", "zone", "eu-b")).code, 0);
  await until(async () => (await state()) === "serving" || undefined, 15_000);
  await until(async () => (await processes()).every(({ ready }) => ready) || undefined, 15_000);
  const { wrong, failed } = await load.stop();
  assert.deepEqual([wrong, failed], [[], []]);
});

test("what its operator did is in the fleet's audit, and the audit holds", async () => {
  const [registry] = await ofRole("registry");
  const fairlead = (...words: readonly string[]) => fairleadSays(registry?.admin ?? "", ...words);
  const { out } = await fairlead("audit", "--action", "drain zone", "--limit", "1", "--json");
  const [drained] = JSON.parse(out).audit;
  assert.deepEqual(drained.detail, { zone: "eu-b", patienceMs: 500 });
  const verified = await fairlead("audit", "verify");
  const [, head = ""] = /^the audit holds: \d+ rows checked\nhead (\S+)\n/.exec(verified.out) ?? [];
  assert.equal((await fairlead("audit", "verify", "--head", head)).code, 0, verified.out);
});

// From outside: what the kill may cost at most. Reliability bounds: a worker's streams move within two seconds and a
// prefill; an owner's queues and routers are taken over within its lease of five seconds, the store's own delay and a
// second of collection; a leader of etcd is elected within two.
const kills: readonly Kill[] = [
  { role: "worker", servesAgainMs: 3_000 },
  { role: "edge", servesAgainMs: 1_000 },
  { role: "metering", servesAgainMs: 1_000 },
  { role: "registry", servesAgainMs: 1_000 },
  { role: "nats", servesAgainMs: 5_000 },
  { role: "etcd", servesAgainMs: 5_000 },
  { role: "postgres", servesAgainMs: 1_000 },
  // Last, because its successor then gets its share back, key by key.
  { role: "control", servesAgainMs: 9_000 },
];
interface Kill {
  readonly role: string;
  readonly servesAgainMs: number;
}

/** `FAIRLEAD_TEST_KILLS=all node --test …`: every process of a role in turn, not only its last. */
const killsAll = process.env["FAIRLEAD_TEST_KILLS"] === "all";

const owed: LoadAnswer[] = [];

for (const kill of kills) {
  test(`killing one ${kill.role} under light load loses no other process, no wrong token, and the fleet serves on`, async (context) => {
    const victims = await ofRole(kill.role);
    for (const { name } of killsAll ? victims : victims.slice(-1)) {
      const all = await processes();
      const victim = all.find((process) => process.name === name);
      assert.ok(victim !== undefined);
      try {
        const outcome = await loadAround(victim, kill);
        const { asked, answers, wrong, failed, slowestMs, killedAtMs, answeredAfter } = outcome;
        const cut = failed.filter(({ edge }) => edge === victim.http).length;
        context.diagnostic(
          `${name}: ${asked} asked, ${answers.length} answered, ${cut} cut off with their edge, ${failed.length - cut} failed, slowest ${Math.round(slowestMs)} ms`,
        );
        assert.deepEqual(wrong, []);
        assert.deepEqual(
          failed.filter(({ edge }) => edge !== victim.http),
          [],
        );
        assert.equal(answers.length + cut, asked, "every request ends");
        owed.push(...answers.filter((answer) => isOwed(answer, victim, killedAtMs)));
        assert.ok(answeredAfter >= 10, `${answeredAfter} answers after`);
        for (const other of all) {
          assert.ok(other === victim || isAlive(other.pid), `${other.name} ended too`);
        }
      } finally {
        await restartProcess(folder, name);
      }
      await until(async () => (await processes()).every(({ ready }) => ready) || undefined, 15_000);
    }
  });
}

/** What a killed edge's meter still held is lost: a quarter of a second of records, and their way to the stream. */
const isOwed = ({ edge, atMs }: LoadAnswer, victim: Process, killedAtMs: number): boolean =>
  edge !== victim.http || atMs < killedAtMs - 1_000 || atMs > killedAtMs;

/** Three tenants on both edges, a request each 50 ms, from `beforeMs` before the kill to a second and a half after its bound. */
async function loadAround(victim: Process, { servesAgainMs }: Kill, beforeMs = 1_000) {
  const load = startLightLoad({ edges: await edges(), everyMs: 50 });
  await sleep(beforeMs);
  const killedAtMs = performance.now();
  process.kill(victim.pid, "SIGKILL");
  await sleep(servesAgainMs);
  const servesAtMs = performance.now();
  await sleep(1_500);
  const answeredAfter = load.answeredSince(servesAtMs);
  return { ...(await load.stop()), killedAtMs, answeredAfter };
}

test("an edge killed while metering stands still takes no older bill with it: the stream has them", async () => {
  const metering = (await ofRole("metering"))[0];
  const victim = (await ofRole("edge")).at(-1);
  assert.ok(metering !== undefined && victim !== undefined);
  process.kill(metering.pid, "SIGSTOP");
  try {
    const outcome = await loadAround(victim, { role: "edge", servesAgainMs: 1_000 }, 4_000);
    assert.deepEqual(outcome.wrong, []);
    owed.push(...outcome.answers.filter((answer) => isOwed(answer, victim, outcome.killedAtMs)));
  } finally {
    process.kill(metering.pid, "SIGCONT");
    await restartProcess(folder, victim.name);
  }
  await until(async () => (await processes()).every(({ ready }) => ready) || undefined, 15_000);
});

test("every answer of these loads is billed once and exactly, whatever was killed meanwhile", async () => {
  assert.ok(owed.length > 300, `${owed.length} answers`);
  await until(async () => {
    const answer = await admin("/admin/v1/usage?limit=10000");
    const { records } = (await answer.json()) as { records: readonly Bill[] };
    const finals = records.filter(({ isFinal }) => isFinal);
    if (finals.length < owed.length) return undefined;
    const billed = new Map(finals.map((bill) => [bill.requestId, bill.outputTokens]));
    assert.equal(billed.size, finals.length, "one row each");
    const wrong = owed.filter(
      ({ requestId, outputTokens }) => billed.get(requestId) !== outputTokens,
    );
    return wrong.length === 0 || undefined;
  });
});

interface Bill {
  readonly requestId: string;
  readonly outputTokens: number;
  readonly isFinal: boolean;
}

test("down leaves no process and no file", async () => {
  const pids = (await processes()).map(({ pid }) => pid);
  await clusterDown(folder);
  assert.deepEqual(pids.filter(isAlive), []);
  assert.ok(!existsSync(folder));
});

/** One that ended and is not yet waited for is gone. */
const isAlive = (pid: number): boolean => identityOf(pid) !== undefined;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks again until there is an answer. */
async function until<Value>(
  ask: () => Promise<Value | undefined>,
  withinMs = 5_000,
): Promise<Value> {
  const deadlineMs = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadlineMs) throw new Error(`not within ${withinMs / 1000} s`);
    await sleep(50);
  }
}
