// A driver before a double of its server, as the engine that the contract's cases ask for; and what the tests of both
// servers look for in what it says.

import { performance } from "node:perf_hooks";
import { legalOutput, simulatedTraits } from "#services/worker/engine/engine.cases.ts";
import type { EngineBench, EngineLimits } from "#services/worker/engine/engine.cases.ts";
import { withoutFiles } from "#services/worker/engine/engine-isolation.cases.ts";
import type { IsolationTraits } from "#services/worker/engine/engine-isolation.cases.ts";
import type { Run } from "#shared/messages/to-engine.ts";
import type { ToWorker } from "#shared/messages/to-worker.ts";
import type { EngineServerSpec } from "#shared/model/fleet.ts";
import type { AdapterDigest, TenantId } from "#shared/model/ids.ts";
import { BatchServerDriver } from "./batch-server-driver.ts";
import type { Dialect } from "./dialect.ts";

export const digestA = "a".repeat(64) as AdapterDigest;
export const digestB = "b".repeat(64) as AdapterDigest;
/** A third that does. */
export const digestD = "d".repeat(64) as AdapterDigest;
/** Of a file that does not load. */
export const digestC = "c".repeat(64) as AdapterDigest;

/** Where the doubles have them, and what is in them. */
export const adapterFiles: ReadonlyMap<string, string> = new Map([
  ["/a", digestA],
  ["/b", digestB],
  ["/d", digestD],
  ["/broken", "malformed"],
]);

/** A double knows no tenants: its words are one tenant's oracle's. */
export const doubledIsolation: IsolationTraits = {
  ...simulatedTraits,
  ...withoutFiles("its files lie on the server's machine, where its driver cannot look"),
  legalOutput: (run) => legalOutput({ ...run, tenant: "acme" as TenantId }),
};

const adapters = [
  { digest: digestA, path: "/a" },
  { digest: digestB, path: "/b" },
  { digest: digestC, path: "/broken" },
  { digest: digestD, path: "/d" },
];

export interface Noted {
  readonly event: string;
  readonly why: string;
  readonly type: string;
}

interface Doubled {
  readonly url: string;
  close(): Promise<void>;
}

export interface BatchBench<Double> extends EngineBench {
  readonly heard: ToWorker[];
  readonly notes: Noted[];
  readonly double: Promise<Double>;
}

export interface BatchBenchTerms<Double extends Doubled> {
  readonly limits: EngineLimits;
  readonly kind: EngineServerSpec["kind"];
  readonly start: () => Promise<Double>;
  readonly dialect: (spec: EngineServerSpec) => Dialect;
  /** With the server, before its driver first asks it. */
  readonly before?: ((double: Double) => void) | undefined;
}

export function openBatchBench<Double extends Doubled>({
  limits: { sequencesMax, kvBlocks },
  kind,
  start,
  dialect,
  before,
}: BatchBenchTerms<Double>): BatchBench<Double> {
  const heard: ToWorker[] = [];
  const notes: Noted[] = [];
  let wake: () => void = () => undefined;
  const double = start();
  const driver = double.then((server) => {
    before?.(server);
    const { url } = server;
    const spec = { kind, url, adapters, gpus: 1, kvBlocks, kvBlockTokens: 16, sequencesMax };
    return new BatchServerDriver({
      spec: () => spec,
      dialect,
      nowMs: () => performance.now(),
      silentMs: 700,
      tell: (message) => {
        heard.push(message);
        wake();
      },
      note: (event, { why = "", workerType = "" }) => {
        notes.push({ event, why: String(why), type: String(workerType) });
        wake();
      },
    });
  });
  return {
    heard,
    notes,
    double,
    tell: (message) => void driver.then((ready) => ready.hear(message)),
    until: async (isReached) => {
      const late = AbortSignal.timeout(8_000);
      while (!isReached()) {
        if (late.aborted) throw new Error(`the engine fell silent: ${JSON.stringify(notes)}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
          late.addEventListener("abort", () => resolve());
        });
      }
    },
    close: () =>
      void Promise.all([driver, double]).then(([ready, server]) => {
        ready.close();
        return server.close();
      }),
  };
}

interface Told {
  readonly heard: readonly ToWorker[];
}

export const kinds = ({ heard }: Told, kind: ToWorker["kind"]): ToWorker[] =>
  heard.filter((message) => message.kind === kind);

export const untilUp = (bench: BatchBench<unknown>, times = 1): Promise<void> =>
  bench.until(() => kinds(bench, "engine-up").length >= times);

export const hasEnded = ({ heard }: Told, { sequence }: Run): boolean =>
  heard.some(
    (message) =>
      message.kind === "step" &&
      message.outputs.some((output) => output.sequence === sequence && output.end !== undefined),
  );

export const load = (
  bench: EngineBench,
  digest: AdapterDigest,
  evict: AdapterDigest | "" = "",
): void => bench.tell({ kind: "load-adapter", digest, bytes: 1, tier: "host", evict });
