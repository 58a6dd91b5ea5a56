// A client's own name for a request, `Idempotency-Key`: the request's id follows from it, so that whatever edge is asked, in
// whatever state the rest of the house is, the same name leads to the same request and to the same bill. The key itself
// goes no further than this.

import { hash } from "node:crypto";
import type { Idempotency } from "#shared/model/idempotency.ts";
import type { RequestId } from "#shared/model/ids.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import type { AdmittedCall } from "./admit.ts";

const keyLengthMax = 255;
/** Visible ASCII, as the field's clients send: UUIDs, quoted or not. Two headers of the name arrive with a blank between. */
const keyPattern = /^[!-~]+$/;

/** Undefined: the client has named nothing. */
export function readIdempotencyKey(
  header: string | readonly string[] | undefined,
): string | Refusal | undefined {
  if (header === undefined) return undefined;
  const key = typeof header === "string" ? header : header.join(" ");
  if (key.length <= keyLengthMax && keyPattern.test(key)) return key;
  const message = `\`Idempotency-Key\` must be 1 to ${keyLengthMax} visible ASCII characters.`;
  return { code: "malformed_request", message, param: "Idempotency-Key" };
}

export interface NamedRequest {
  readonly requestId: RequestId;
  readonly idempotency: Idempotency;
  /** The same, also where the client asked for no seed: run again, it is to say the same. */
  readonly sampling: AdmittedCall["sampling"];
}

/** Runs under one key before the client has to think of another. */
export const runsMax = 8;

const dayMs = 86_400_000;
const digest = (...parts: readonly string[]): string =>
  // Lengths first: no two lists of parts read the same.
  hash("sha256", JSON.stringify(parts), "hex").slice(0, 32);

/**
 * `body` tells one request from another under the same key; so two of them never share a bill. The day bounds how long a key
 * leads to the same bill: while its tenant's queue remembers the key, that knows better, across midnight too.
 */
export function nameRequest(
  call: AdmittedCall,
  key: string,
  { run, nowEpochMs }: { readonly run: number; readonly nowEpochMs: number },
): NamedRequest {
  const { tenant, sampling } = call;
  const body = bodyDigest(call);
  const day = Math.floor(nowEpochMs / dayMs);
  const named = digest("key", tenant, key);
  return {
    requestId: digest("request", named, body, String(day), String(run)) as RequestId,
    idempotency: { key: named, body, run },
    sampling: { ...sampling, seed: sampling.seed ?? seedOf(named, body) },
  };
}

/** All that decides the output, and nothing that the house decides anew each time. */
function bodyDigest(call: AdmittedCall): string {
  const { model, modelVersion, adapterDigest, promptDigest, sampling, stopStrings } = call;
  const { temperature, topP, presencePenalty, frequencyPenalty, seed } = sampling;
  const { outputTokensMax, outputTokensMin, ignoreEos } = call;
  return digest(
    model,
    modelVersion,
    adapterDigest,
    promptDigest,
    JSON.stringify([outputTokensMax, outputTokensMin, ignoreEos, stopStrings]),
    JSON.stringify([temperature, topP, presencePenalty, frequencyPenalty, seed]),
  );
}

/** As wide as the narrowest door's. */
const seedOf = (named: string, body: string): number =>
  Number.parseInt(digest("seed", named, body).slice(0, 7), 16);
