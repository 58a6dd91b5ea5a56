// An engine without a forced prefix is sent prompt and delivered output as one prompt, and cannot tell them apart. A
// double speaks the oracle's words, so it can: it looks where the output began, by the words' shape and then by the oracle.

import { createHash } from "node:crypto";
import type { AdapterDigest, TenantId } from "#shared/model/ids.ts";
import { oracleFor, oracleToken } from "#shared/model/oracle.ts";
import type { Oracle } from "#shared/model/oracle.ts";
import type { Token } from "#shared/model/tokenizer.ts";

export interface PromptParts {
  readonly promptBytes: Uint8Array;
  readonly promptDigest: string;
  readonly said: readonly Token[];
  readonly oracle: Oracle;
}

/** As `promptBytes` carries ids: little-endian, four bytes each. */
export function bytesOfIds(ids: readonly Token[]): Uint8Array {
  const bytes = new Uint8Array(ids.length * 4);
  const view = new DataView(bytes.buffer);
  ids.forEach((id, index) => view.setUint32(index * 4, id, true));
  return bytes;
}

/** The longest end of `ids` that is the beginning of what the oracle says to the rest. */
export function splitPrompt(
  ids: readonly Token[],
  { tenant, weights }: { readonly tenant: string; readonly weights: string },
): PromptParts {
  const bytes = bytesOfIds(ids);
  let earliest = ids.length;
  while (earliest > 1 && isWord(ids[earliest - 1] ?? 0)) earliest--;
  for (let at = earliest; ; at++) {
    const promptBytes = bytes.slice(0, at * 4);
    const promptDigest = createHash("sha256").update(promptBytes).digest("hex");
    const oracle = oracleFor({
      tenant: tenant as TenantId,
      adapterDigest: weights as AdapterDigest,
      promptDigest,
    });
    const said = ids.slice(at);
    if (at >= ids.length || said.every((id, index) => id === oracleToken(oracle, index))) {
      return { promptBytes, promptDigest, said, oracle };
    }
  }
}

/** Three lower-case letters and a space: the shape of every word of the oracle. */
const isWord = (id: Token): boolean =>
  id >>> 24 === 0x20 && [0, 8, 16].every((shift) => isLetter((id >>> shift) & 0xff));

const isLetter = (byte: number): boolean => byte >= 0x61 && byte <= 0x7a;
