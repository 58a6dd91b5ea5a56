// Asks an issuer for its public keys: one answer within its bounds of time and size, or a reason why there is none. It is never
// led elsewhere by a redirect.

import type { JSONWebKeySet } from "jose";

export type FetchJwks = (url: string) => Promise<JSONWebKeySet>;

const timeoutMs = 3_000;
/** Some two hundred RSA keys with their certificates; issuers publish two or three. */
const bytesMax = 262_144;
export const issuerKeysMax = 100;

export const fetchJwks: FetchJwks = async (url) => {
  const answer = await fetch(url, {
    redirect: "error",
    headers: { accept: "application/json" },
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (!answer.ok) {
    await answer.body?.cancel();
    throw new Error(`it answered ${answer.status}`);
  }
  return keySetIn(await readText(answer));
};

async function readText({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    // Leaving the loop cancels the rest.
    if (bytes > bytesMax) throw new Error(`its answer is longer than ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function keySetIn(text: string): JSONWebKeySet {
  const parsed = parse(text);
  const keys = typeof parsed === "object" && parsed !== null ? (parsed as JSONWebKeySet).keys : [];
  if (!Array.isArray(keys) || keys.length === 0) throw new Error("its answer is no JWKS");
  if (keys.length > issuerKeysMax) throw new Error(`it has more than ${issuerKeysMax} keys`);
  return { keys };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("its answer is not JSON");
  }
}
