// One call to an S3 server, path-style, over a connection of its own pool: signed, bounded in time and in what is read of
// an answer. A fault says whose: ours, the server's, or the time's.

import { createHash } from "node:crypto";
import type { ClientRequest, IncomingMessage } from "node:http";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { inTime } from "./checked-body.ts";
import { ObjectFault } from "./object-store.ts";
import type { S3Credentials } from "./s3-signing-aws4fetch.ts";
import { signS3 } from "./s3-signing-aws4fetch.ts";

export interface S3Place extends S3Credentials {
  /** `https://HOST[:PORT]`, without a path. */
  readonly endpoint: string;
  readonly bucket: string;
  /** Until an answer begins, and for each chunk of a body either way. */
  readonly patienceMs: number;
}

export interface S3Call {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  readonly key: string;
  /** Name, value; both as they are. */
  readonly query?: readonly (readonly [string, string])[];
  readonly body?: S3Body;
}

export interface S3Body {
  readonly bytes: number;
  readonly sha256: string;
  readonly chunks: AsyncIterable<Uint8Array>;
}

const emptySha256 = createHash("sha256").digest("hex");
/** Errors and multipart answers are a few hundred bytes. */
const answerBytesMax = 65_536;

/** Resolves with an answer of 2xx; its body is the caller's to read. Rejects with a fault. */
export async function callS3(place: S3Place, call: S3Call): Promise<IncomingMessage> {
  const url = urlOf(place, call);
  const { body } = call;
  const headers = await signS3(
    { method: call.method, url: url.href, bodySha256: body?.sha256 ?? emptySha256 },
    place,
  );
  const ask = url.protocol === "https:" ? httpsRequest : httpRequest;
  const length = body?.bytes ?? 0;
  const sent = ask(url, {
    method: call.method,
    headers: { ...headers, ...(body === undefined ? {} : { "content-length": `${length}` }) },
    agent: false,
  });
  try {
    const answered = answerTo(sent);
    if (body === undefined) sent.end();
    else await sendBody(sent, { body, answered, patienceMs: place.patienceMs });
    const answer = await inTime(answered, place.patienceMs);
    if ((answer.statusCode ?? 0) < 300) return answer;
    throw await refusalOf(answer, place.patienceMs);
  } catch (error) {
    sent.destroy();
    throw faultOf(error);
  }
}

function urlOf({ endpoint, bucket }: S3Place, { key, query = [] }: S3Call): URL {
  const url = new URL(`/${encodeURIComponent(bucket)}/${key}`, endpoint);
  for (const [name, value] of query) url.searchParams.append(name, value);
  return url;
}

function answerTo(sent: ClientRequest): Promise<IncomingMessage> {
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    sent.once("response", resolve).on("error", reject);
  });
  answered.catch(() => undefined);
  return answered;
}

interface Sending {
  readonly body: S3Body;
  readonly answered: Promise<IncomingMessage>;
  readonly patienceMs: number;
}

/** A server that has heard enough answers before the end: then the rest is not sent. */
async function sendBody(
  sent: ClientRequest,
  { body, answered, patienceMs }: Sending,
): Promise<void> {
  let isAnswered = false;
  const early = (async () => {
    await answered;
    isAnswered = true;
  })();
  early.catch(() => undefined);
  for await (const chunk of body.chunks) {
    if (isAnswered) return;
    if (sent.write(chunk)) continue;
    const drained = new Promise<void>((resolve) => {
      sent.once("drain", resolve);
    });
    await inTime(Promise.race([drained, early]), patienceMs);
  }
  sent.end();
}

async function refusalOf(answer: IncomingMessage, patienceMs: number): Promise<ObjectFault> {
  const status = answer.statusCode ?? 0;
  const text = await readText(answer, patienceMs).catch(() => "");
  const code = xmlText(text, "Code") ?? `status ${status}`;
  if (status === 404 && code !== "NoSuchBucket") {
    return new ObjectFault("missing", `the object store has no such object (${code})`);
  }
  if (status === 401 || status === 403) {
    return new ObjectFault("denied", `the object store turns us away: ${code}`);
  }
  if (code === "XAmzContentSHA256Mismatch" || code === "BadDigest") {
    return new ObjectFault("corrupt", "the object store received other bytes than were signed");
  }
  return new ObjectFault("down", `the object store says ${code}`);
}

export async function readText(answer: IncomingMessage, patienceMs: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const reading = (async () => {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > answerBytesMax) throw new ObjectFault("down", "the object store rambles");
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString("utf8");
  })();
  try {
    return await inTime(reading, patienceMs);
  } catch (error) {
    answer.destroy();
    throw faultOf(error);
  }
}

/** Of the few answers that are read: one text in one element. */
export const xmlText = (text: string, name: string): string | undefined =>
  new RegExp(`<${name}>([^<>]{1,2048})</${name}>`).exec(text)?.[1];

export function faultOf(error: unknown): ObjectFault {
  if (error instanceof ObjectFault) return error;
  const { code = "", message } = error as NodeJS.ErrnoException;
  return new ObjectFault("down", `the object store cannot be reached: ${code || message}`, {
    cause: error,
  });
}
