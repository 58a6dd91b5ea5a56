// For tests: tenants with small quotas added to a fleet file, and what a long stream of theirs comes to over
// each door.

import type { ClientReadableStream, ServiceError } from "@grpc/grpc-js";
import { Client, credentials, Metadata } from "@grpc/grpc-js";
import OpenAI from "openai";
import { parse, stringify } from "yaml";
import type { Quota } from "#shared/model/quota.ts";
import { fairlead } from "#proto/inference.js";

const { GenerateEvent, GenerateRequest } = fairlead.inference.v1;

const model = "llama-3.1-8b";
/** Ten tokens, four characters each; the oracle answers with 256. */
export const quotaPrompt: string = "l".repeat(40);
export const outputTokensAsked = 200;

export interface StreamEnd {
  readonly text: string;
  /** `whole`, or the code that it ended with. */
  readonly end: string;
  /** Of the quota alert, as its last headers told. */
  readonly alert: string;
}

interface FleetText {
  readonly tenants: readonly object[];
}

/** Each with a key `fl-quota-ID`. */
export function withQuotas(file: string, quotas: Readonly<Record<string, Quota>>): string {
  const fleet = parse(file) as FleetText;
  const added = Object.entries(quotas).map(([id, quota]) => ({
    id,
    tier: "starter",
    models: [model],
    quotas: [quota],
    keys: [{ id: `${id}-key`, secret: `fl-quota-${id}` }],
  }));
  return stringify({ ...fleet, tenants: [...fleet.tenants, ...added] });
}

export async function streamOverHttp(edge: string, tenant: string): Promise<StreamEnd> {
  const apiKey = `fl-quota-${tenant}`;
  const client = new OpenAI({ apiKey, baseURL: `http://${edge}/v1`, maxRetries: 0 });
  let text = "";
  let alert = "";
  const params = {
    model,
    prompt: quotaPrompt,
    max_tokens: outputTokensAsked,
    stream: true,
  } as const;
  try {
    const { data, response } = await client.completions.create(params).withResponse();
    alert = response.headers.get("x-fairlead-quota-alert") ?? "";
    for await (const chunk of data) text += chunk.choices[0]?.text ?? "";
    return { text, end: "whole", alert };
  } catch (error) {
    if (!(error instanceof OpenAI.APIError)) throw error;
    return {
      text,
      end: error.code ?? "",
      alert: error.headers?.get("x-fairlead-quota-alert") ?? alert,
    };
  }
}

export async function streamOverGrpc(edge: string, tenant: string): Promise<StreamEnd> {
  const client = new Client(edge, credentials.createInsecure());
  const metadata = new Metadata();
  metadata.set("authorization", `Bearer fl-quota-${tenant}`);
  const params = { maxTokens: outputTokensAsked };
  const request = { model, prompt: quotaPrompt, params };
  const stream = client.makeServerStreamRequest(
    "/fairlead.inference.v1.Inference/GenerateStream",
    (message: typeof request) => Buffer.from(GenerateRequest.encode(message).finish()),
    (bytes) => GenerateEvent.decode(bytes),
    request,
    metadata,
  );
  try {
    return await gathered(stream);
  } finally {
    client.close();
  }
}

async function gathered(
  stream: ClientReadableStream<fairlead.inference.v1.GenerateEvent>,
): Promise<StreamEnd> {
  let text = "";
  let end = "nothing";
  let alert = "";
  const alertIn = (metadata: Metadata): string =>
    String(metadata.get("x-fairlead-quota-alert")[0] ?? alert);
  stream.on("metadata", (leading: Metadata) => {
    alert = alertIn(leading);
  });
  try {
    for await (const event of stream as AsyncIterable<fairlead.inference.v1.GenerateEvent>) {
      text += event.delta?.text ?? "";
      if (event.completed !== null && event.completed !== undefined) end = "whole";
    }
    return { text, end, alert };
  } catch (error) {
    const { metadata } = error as ServiceError;
    return { text, end: String(metadata.get("fairlead-code")[0]), alert: alertIn(metadata) };
  }
}
