// What the admin API lists as used, for checks from outside.

import { setTimeout as sleep } from "node:timers/promises";
import type { UsageRecord } from "#shared/model/usage.ts";

type Listed = Pick<UsageRecord, "adapterDigest" | "promptTokens" | "outputTokens" | "outcome">;

const untilMs = 5_000;

/** When so many requests are listed as over: records are written while they run, and closed behind their answers. */
export async function usageList(adminPort: number, requests: number): Promise<readonly Listed[]> {
  for (const fromMs = performance.now(); ; await sleep(50)) {
    const answer = await fetch(`http://127.0.0.1:${adminPort}/admin/v1/usage`);
    const { records } = (await answer.json()) as { readonly records: readonly Listed[] };
    const over = records.filter(({ outcome }) => outcome !== "");
    if (over.length >= requests || performance.now() - fromMs > untilMs) return records;
  }
}

export const isBilled = ({ promptTokens, outputTokens }: Listed): boolean =>
  promptTokens + outputTokens > 0;
