import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClientReadableStream, ServiceError } from "@grpc/grpc-js";
import { Client, credentials, Metadata, status } from "@grpc/grpc-js";
import { fairlead } from "#proto/inference.js";
import type { ToClient } from "#shared/messages/to-client.ts";
import type { ResumeStream } from "#shared/messages/open-request.ts";
import type { RequestId } from "#shared/model/ids.ts";
import type { Script, ScriptedEdge } from "#services/edge/scripted-edge.cases.ts";
import {
  helloScript,
  silentScript,
  startScriptedEdge,
} from "#services/edge/scripted-edge.cases.ts";
import { startGrpcApi } from "./grpc-api.ts";

const { GenerateEvent, GenerateRequest, ResumeRequest } = fairlead.inference.v1;
type Event = fairlead.inference.v1.GenerateEvent;

const lost = "0123456789abcdef0123456789abcdef" as RequestId;
const service = "/fairlead.inference.v1.Inference";

interface Stage extends ScriptedEdge {
  readonly call: (
    name: "Resume" | "GenerateStream",
    message: Uint8Array,
    metadata?: Readonly<Record<string, string>>,
  ) => ClientReadableStream<Event>;
}

async function stage(context: TestContext, script: Script): Promise<Stage> {
  const scripted = startScriptedEdge(script);
  const grpc = await startGrpcApi(scripted.edge, { port: 0 });
  const client = new Client(`127.0.0.1:${grpc.port}`, credentials.createInsecure());
  context.after(async () => {
    client.close();
    await scripted.edge.drain(0);
    await grpc.close();
    scripted.stop();
  });
  return {
    ...scripted,
    call: (name, message, more = {}) => {
      const metadata = new Metadata();
      metadata.set("authorization", "Bearer key-acme");
      for (const [key, value] of Object.entries(more)) metadata.set(key, value);
      return client.makeServerStreamRequest<Uint8Array, Event>(
        `${service}/${name}`,
        (bytes) => Buffer.from(bytes),
        (bytes) => GenerateEvent.decode(bytes),
        message,
        metadata,
      );
    },
  };
}

const resumeOf = (requestId: string, after?: number): Uint8Array =>
  ResumeRequest.encode({ requestId, ...(after === undefined ? {} : { after }) }).finish();
const hello = GenerateRequest.encode({ model: "fair-8b", prompt: "hi" }).finish();

/** All events, or the error that ended them. */
async function gather(stream: ClientReadableStream<Event>): Promise<{
  readonly events: readonly Event[];
  readonly error: ServiceError | undefined;
}> {
  const events: Event[] = [];
  try {
    for await (const event of stream) events.push(event as Event);
  } catch (error) {
    return { events, error: error as ServiceError };
  }
  return { events, error: undefined };
}

const codeOf = (error: ServiceError | undefined): unknown =>
  error?.metadata.get("fairlead-code")[0];

const goesOn: readonly ToClient[] = [
  {
    kind: "resumed",
    requestId: lost,
    replyTerms: "",
    model: "fair-8b",
    arrivedAtEpochMs: 1_700_000_000_000,
  },
  { kind: "output", text: "on", outputTokens: 9, index: 8 },
  { kind: "completed", reason: "stop", promptTokens: 7, cachedTokens: 0, outputTokens: 9 },
];

test("a lost stream goes on behind the delta that is named, under its own id, to its end", async (context) => {
  const { call, hears, heard, say } = await stage(context, silentScript);
  const stream = call("Resume", resumeOf(lost, 7));
  const gathered = gather(stream);
  await hears("resume");
  const [asked] = heard;
  assert.ok(asked);
  const { requestId, tenant, after } = asked.message as ResumeStream;
  assert.deepEqual([requestId, tenant, after], [lost, "acme", 7]);
  assert.notEqual(asked.requestId, lost);
  for (const line of goesOn) say(asked.requestId, line);
  const { events, error } = await gathered;
  assert.equal(error, undefined);
  assert.deepEqual(
    events.map(({ requestId: id, delta }) => [id, delta?.text, delta?.index]),
    [
      [lost, "on", 8],
      [lost, undefined, undefined],
    ],
  );
  assert.equal(events.at(-1)?.completed?.usage?.outputTokens, 9);
});

test("what a key allows goes along", async (context) => {
  const { edge, call, hears, heard } = await stage(context, silentScript);
  const { fleet } = edge.view();
  const models = ["fair-8b:legal", "prod"];
  edge.setFleet({ ...fleet, keys: fleet.keys.map((key) => ({ ...key, models })) });
  const gathered = gather(call("Resume", resumeOf(lost)));
  await hears("resume");
  const [asked] = heard;
  assert.ok(asked);
  assert.deepEqual((asked.message as ResumeStream).models, models);
  await edge.drain(0);
  await gathered;
});

test("without a position it is read from its first token; what is refused is a status by name", async (context) => {
  const { call, hears, heard, say } = await stage(context, silentScript);
  const gathered = gather(call("Resume", resumeOf(lost)));
  await hears("resume");
  const [asked] = heard;
  assert.ok(asked);
  assert.equal((asked.message as ResumeStream).after, -1);
  say(asked.requestId, { kind: "failed", refusal: { code: "resume_gone", message: "Gone." } });
  const { error } = await gathered;
  assert.deepEqual([error?.code, codeOf(error)], [status.NOT_FOUND, "resume_gone"]);
  for (const message of [
    resumeOf(""),
    resumeOf("a/b"),
    resumeOf(lost, 2 ** 31),
    Buffer.from([7]),
  ]) {
    const { error: wrong } = await gather(call("Resume", message));
    assert.deepEqual([wrong?.code, codeOf(wrong)], [status.INVALID_ARGUMENT, "malformed_request"]);
  }
  const stranger = await gather(call("Resume", resumeOf(lost), { authorization: "Bearer no" }));
  assert.equal(stranger.error?.code, status.UNAUTHENTICATED);
});

test(
  "who leaves while it is read is gone, and makes room for the next",
  { timeout: 5000 },
  async (context) => {
    const { call, hears } = await stage(context, silentScript);
    for (let turn = 1; turn <= 12; turn++) {
      const stream = call("Resume", resumeOf(lost));
      stream.on("error", () => {});
      await hears("resume", turn);
      stream.cancel();
      await hears("client-gone", turn);
      // The burst is of ten: what is earned since then is what the others need, if those who left made room.
      if (turn === 10) await sleep(150);
    }
  },
);

test("metadata names a request as the header does, and says what was lost", async (context) => {
  const { call, opens } = await stage(context, helloScript);
  const named = { "idempotency-key": "a-name" };
  await gather(call("GenerateStream", hello, named));
  await gather(call("GenerateStream", hello, { ...named, "last-event-id": "3" }));
  const [first, again] = opens();
  assert.ok(first?.idempotency);
  assert.deepEqual(again?.idempotency, first.idempotency);
  assert.equal(again?.requestId, first.requestId);
  assert.deepEqual([first.after, again?.after], [undefined, 3]);
  for (const wrong of [{ "idempotency-key": "two words" }, { ...named, "last-event-id": "x" }]) {
    const { error } = await gather(call("GenerateStream", hello, wrong));
    assert.equal(error?.code, status.INVALID_ARGUMENT);
  }
});

test("a run that is over is followed by the next; one that goes on elsewhere is told so", async (context) => {
  const refused = (code: "idempotency_run_over" | "idempotency_key_in_use"): ToClient => ({
    kind: "failed",
    refusal: { code, message: "No." },
  });
  const { call, opens } = await stage(context, (open) => {
    if (open.idempotency?.run === 0) return [refused("idempotency_run_over")];
    return open.after === undefined ? helloScript(open) : [refused("idempotency_key_in_use")];
  });
  const { events, error } = await gather(call("GenerateStream", hello, { "idempotency-key": "k" }));
  assert.equal(error, undefined);
  assert.equal(events.at(-1)?.requestId, opens()[1]?.requestId);
  const busy = await gather(
    call("GenerateStream", hello, { "idempotency-key": "k", "last-event-id": "1" }),
  );
  assert.deepEqual(
    [busy.error?.code, codeOf(busy.error)],
    [status.ABORTED, "idempotency_key_in_use"],
  );
  assert.equal(busy.error?.metadata.get("retry-after-ms")[0], "1000");
});
