import assert from "node:assert/strict";
import { test } from "node:test";
import type { CallOptions } from "@grpc/grpc-js";
import { Client, credentials, Metadata } from "@grpc/grpc-js";
import { fairlead } from "#proto/inference.js";
import { helloScript, startScriptedEdge } from "#services/edge/scripted-edge.cases.ts";
import { startGrpcApi } from "./grpc-api.ts";

const { GenerateRequest } = fairlead.inference.v1;

test("a deadline that is sooner than ours is known to be the caller's where versions are compared", async (context) => {
  const { edge, stop } = startScriptedEdge(helloScript);
  const grpc = await startGrpcApi(edge, { port: 0 });
  const client = new Client(`127.0.0.1:${grpc.port}`, credentials.createInsecure());
  context.after(async () => {
    client.close();
    await grpc.close();
    stop();
  });
  const watch = context.mock.method(edge.arms, "watch");
  const metadata = new Metadata();
  metadata.set("authorization", "Bearer key-acme");
  const generate = (options: CallOptions): Promise<void> =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        "/fairlead.inference.v1.Inference/Generate",
        (request: fairlead.inference.v1.GenerateRequest.$Properties) =>
          Buffer.from(GenerateRequest.encode(request).finish()),
        (bytes) => bytes,
        { model: "fair-8b", prompt: "hi" },
        metadata,
        options,
        (failure) => (failure === null ? resolve() : reject(failure)),
      );
    });
  await generate({ deadline: Date.now() + 5_000 });
  await generate({});
  await generate({ deadline: Date.now() + 2 * edge.config.callTimeoutMs });
  assert.deepEqual(
    watch.mock.calls.map(({ arguments: [{ isDeadlineCallers }] }) => isDeadlineCallers),
    [true, false, false],
  );
});
