// Objects in a bucket of an S3-compatible server. Large ones go up in parts, each signed with its own digest; a body that
// turns out to be other bytes than its digest says never becomes an object.

import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { checkedBody } from "./checked-body.ts";
import type { ObjectStore, PutObject, StoredObject } from "./object-store.ts";
import { ObjectFault, assertDigest, assertSize } from "./object-store.ts";
import type { S3Body, S3Place } from "./s3-call.ts";
import { callS3, faultOf, readText, xmlText } from "./s3-call.ts";

export interface S3StoreOptions extends S3Place {
  /** Before each digest: a few letters, digits, `-` and `/`. */
  readonly prefix?: string;
  /** Larger bodies go up in parts of this size, one of which is held in memory. At least 5 MiB, as S3 has it. */
  readonly partBytes?: number;
}

const partBytesDefault = 8 * 1024 ** 2;
const prefixForm = /^[A-Za-z0-9-]{1,64}(?:\/[A-Za-z0-9-]{1,64}){0,8}\/$/;

export function s3ObjectStore(options: S3StoreOptions): ObjectStore {
  const { prefix = "", partBytes = partBytesDefault } = options;
  if (prefix !== "" && !prefixForm.test(prefix))
    throw new TypeError(`a prefix cannot be ${prefix}`);
  const keyOf = (digest: string): string => {
    assertDigest(digest);
    return `${prefix}${digest}`;
  };
  const head: ObjectStore["head"] = async (digest) => {
    const answer = await unlessMissing(callS3(options, { method: "HEAD", key: keyOf(digest) }));
    answer?.resume();
    return answer === undefined ? undefined : { bytes: lengthOf(answer) };
  };
  return {
    head,
    async put(put) {
      assertSize(put.bytes);
      const key = keyOf(put.digest);
      if ((await head(put.digest))?.bytes === put.bytes) return;
      const { patienceMs } = options;
      const chunks = checkedBody(put.body, { ...put, patienceMs });
      if (put.bytes > partBytes) await putInParts(options, key, { put, chunks, partBytes });
      else await putWhole(options, key, { put, chunks });
    },
    async get(digest): Promise<StoredObject> {
      const answer = await callS3(options, { method: "GET", key: keyOf(digest) });
      const bytes = lengthOf(answer);
      const { patienceMs } = options;
      const body = checkedBody(bodyOf(answer), { digest, bytes, patienceMs });
      return { bytes, body };
    },
    async delete(digest) {
      const call = { method: "DELETE", key: keyOf(digest) } as const;
      (await unlessMissing(callS3(options, call)))?.resume();
    },
  };
}

async function unlessMissing(
  answer: Promise<IncomingMessage>,
): Promise<IncomingMessage | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ObjectFault && error.kind === "missing") return undefined;
    throw error;
  }
}

function lengthOf(answer: IncomingMessage): number {
  const bytes = Number(answer.headers["content-length"] ?? Number.NaN);
  if (Number.isSafeInteger(bytes) && bytes >= 0) return bytes;
  answer.destroy();
  throw new ObjectFault("down", "the object store does not say how large an object is");
}

async function* bodyOf(answer: IncomingMessage): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) yield chunk;
  } catch (error) {
    throw faultOf(error);
  } finally {
    answer.destroy();
  }
}

interface Upload {
  readonly put: PutObject;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Small: gathered first, so that a body that fails its check never reaches the server. */
async function putWhole(place: S3Place, key: string, { put, chunks }: Upload): Promise<void> {
  const whole = await gather(chunks);
  const body: S3Body = { bytes: put.bytes, sha256: put.digest, chunks: once(whole) };
  (await callS3(place, { method: "PUT", key, body })).resume();
}

interface PartedUpload extends Upload {
  readonly partBytes: number;
}

async function putInParts(
  place: S3Place,
  key: string,
  { chunks, partBytes }: PartedUpload,
): Promise<void> {
  const begun = await callS3(place, { method: "POST", key, query: [["uploads", ""]] });
  const uploadId = xmlText(await readText(begun, place.patienceMs), "UploadId");
  if (uploadId === undefined) throw new ObjectFault("down", "the object store began no upload");
  const id = ["uploadId", uploadId] as const;
  try {
    const etags: string[] = [];
    for await (const part of partsOf(chunks, partBytes)) {
      const query = [["partNumber", `${etags.length + 1}`] as const, id];
      const answer = await callS3(place, { method: "PUT", key, query, body: bodyOfPart(part) });
      answer.resume();
      etags.push(answer.headers.etag ?? "");
    }
    await complete(place, key, { id, etags });
  } catch (error) {
    // What nobody completes costs its owner for ever.
    await callS3(place, { method: "DELETE", key, query: [id] }).then(
      (answer) => answer.resume(),
      () => undefined,
    );
    throw faultOf(error);
  }
}

async function complete(
  place: S3Place,
  key: string,
  { id, etags }: { readonly id: readonly ["uploadId", string]; readonly etags: readonly string[] },
): Promise<void> {
  const parts = etags.map(
    (etag, at) => `<Part><PartNumber>${at + 1}</PartNumber><ETag>${escapeXml(etag)}</ETag></Part>`,
  );
  const text = Buffer.from(
    `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts.join("")}</CompleteMultipartUpload>`,
  );
  const answer = await callS3(place, { method: "POST", key, query: [id], body: bodyOfPart(text) });
  // A status of 200 may have an error in its body: the server answers before it has joined the parts.
  const said = await readText(answer, place.patienceMs);
  const code = xmlText(said, "Code");
  if (code !== undefined) throw new ObjectFault("down", `the object store says ${code}`);
}

const escapeXml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

const bodyOfPart = (part: Uint8Array): S3Body => ({
  bytes: part.length,
  sha256: createHash("sha256").update(part).digest("hex"),
  chunks: once(part),
});

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  if (bytes.length > 0) yield bytes;
}

async function gather(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const gathered: Uint8Array[] = [];
  for await (const chunk of chunks) gathered.push(chunk);
  return Buffer.concat(gathered);
}

async function* partsOf(
  chunks: AsyncIterable<Uint8Array>,
  partBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let held: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    let rest = chunk;
    while (bytes + rest.length >= partBytes) {
      const fitting = partBytes - bytes;
      yield Buffer.concat([...held, rest.subarray(0, fitting)]);
      rest = rest.subarray(fitting);
      held = [];
      bytes = 0;
    }
    if (rest.length > 0) held.push(rest);
    bytes += rest.length;
  }
  if (bytes > 0) yield Buffer.concat(held);
}
