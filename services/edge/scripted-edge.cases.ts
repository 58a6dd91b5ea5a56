// For tests: an edge on a local host, a small fleet, and sessions whose part the test plays.
// Nothing here runs in production.

import { hash } from "node:crypto";
import { createLocalHost } from "#shared/actor/local-host.ts";
import type { Actor, Address, Effect } from "#shared/actor/actor.ts";
import { send } from "#shared/actor/actor.ts";
import type { NoteRecord } from "#shared/actor/host.ts";
import { clientAddress, meterAddress, sessionAddress } from "#shared/messages/addresses.ts";
import type { Open } from "#shared/messages/open-request.ts";
import type { ToClient } from "#shared/messages/to-client.ts";
import type { ToSession } from "#shared/messages/to-session.ts";
import type { Fleet, Tenant } from "#shared/model/fleet.ts";
import type { AdapterDigest, EdgeId, PoolId, RequestId, TenantId } from "#shared/model/ids.ts";
import type { RateLimits } from "#shared/model/rate-limits.ts";
import type { EdgeConfig } from "./config.ts";
import { edgeConfigDefault } from "./config.ts";
import type { Edge, EdgeOptions } from "./edge.ts";
import { createEdge } from "./edge.ts";

/** What a session says to its client at once when it is opened. */
export type Script = (open: Open) => readonly ToClient[];

export type ScriptedDesks = Pick<EdgeOptions, "adapters" | "books">;

export interface ScriptedEdge {
  readonly edge: Edge;
  /** All that sessions heard, in order. */
  readonly heard: readonly { readonly requestId: RequestId; readonly message: ToSession }[];
  readonly notes: readonly NoteRecord[];
  readonly opens: () => readonly Open[];
  readonly kindsHeard: () => readonly string[];
  /** As that request's session. */
  readonly say: (requestId: RequestId, message: ToClient) => void;
  /** Resolves as soon as any session has heard this kind of message so many times. */
  readonly hears: (kind: ToSession["kind"], times?: number) => Promise<number>;
  readonly stop: () => void;
}

const edgeId = "edge-1" as EdgeId;

export const limitsOfTests: RateLimits = {
  requestsLimit: 600,
  requestsRemaining: 599,
  requestsResetMs: 100,
  tokensLimit: 100_000,
  tokensRemaining: 99_000,
  tokensResetMs: 360_000,
};

/** `hello ` in two pieces and a natural end. */
export const helloScript: Script = (open) => [
  { kind: "admitted", limits: limitsOfTests },
  { kind: "output", text: "hel", outputTokens: 1, index: 0 },
  { kind: "output", text: 'lo "ü\n', outputTokens: 2, index: 1 },
  {
    kind: "completed",
    reason: "stop",
    promptTokens: open.promptTokens,
    cachedTokens: 0,
    outputTokens: 2,
  },
];

export const silentScript: Script = () => [];

export function startScriptedEdge(
  script: Script,
  config: Partial<EdgeConfig> = {},
  desks: ScriptedDesks = {},
): ScriptedEdge {
  const heard: { requestId: RequestId; message: ToSession }[] = [];
  const notes: NoteRecord[] = [];
  const waiting: { kind: string; times: number; resolve: (atMs: number) => void }[] = [];
  const session: Actor<{ readonly self: Address }, ToSession> = {
    name: "session",
    init: (self) => ({ self }),
    receive: ({ self }, { message, from, nowMs }): readonly Effect[] => {
      heard.push({ requestId: self.slice(self.lastIndexOf("/") + 1) as RequestId, message });
      const times = heard.filter((each) => each.message.kind === message.kind).length;
      for (const wait of waiting) {
        if (wait.kind === message.kind && times >= wait.times) wait.resolve(nowMs);
      }
      return message.kind === "open" ? script(message).map((line) => send(from, line)) : [];
    },
  };
  const host = createLocalHost({ freeze: true });
  host.register(session);
  const edge = createEdge({
    host,
    edge: edgeId,
    meter: meterAddress("test"),
    fleet: fleetOfTests,
    ...desks,
    config: { ...edgeConfigDefault, closeGraceMs: 300, ...config },
    onNote: (note) => notes.push(note),
  });
  return {
    edge,
    heard,
    notes,
    opens: () => heard.flatMap(({ message }) => (message.kind === "open" ? [message] : [])),
    kindsHeard: () => heard.map(({ message }) => message.kind),
    say: (requestId, message) => {
      host.send(sessionAddress(edgeId, requestId), clientAddress(edgeId, requestId), message);
    },
    hears: (kind, times = 1) => {
      const already = heard.filter(({ message }) => message.kind === kind).length;
      if (already >= times) return Promise.resolve(host.nowMs());
      const { promise, resolve } = Promise.withResolvers<number>();
      waiting.push({ kind, times, resolve });
      return promise;
    },
    stop: () => host.stop(),
  };
}

const tenantOfTests = (id: string, contextTokensMax: number): Tenant => ({
  policy: {
    tenant: id as TenantId,
    tier: "business",
    weight: 1,
    band: 1,
    limits: {
      queueLengthMax: 10,
      concurrencyMax: 10,
      contextTokensMax,
      requestsPerMinute: 600,
      tokensPerMinute: 100_000,
    },
  },
  trustGroup: id,
  models: ["fair-8b"],
});

const keyOfTests = (key: string, tenant: string, revoked: boolean): Fleet["keys"][number] => ({
  id: `id-of-${key}`,
  tenant: tenant as TenantId,
  sha256: hash("sha256", key, "hex"),
  revoked,
});

const adapterOfTests = (name: string, tenant: string): Fleet["adapters"][number] => ({
  name,
  digest: hash("sha256", `${tenant}/${name}`, "hex") as AdapterDigest,
  model: "fair-8b",
  bytes: 1,
  tenants: [tenant as TenantId],
});

/** Two tenants with an adapter each; `secret-70b` is nobody's, `idle-1b` has no pool. */
export const fleetOfTests: Fleet = {
  version: 1,
  tenants: [
    tenantOfTests("acme", 8192),
    tenantOfTests("bolt", 100),
    { ...tenantOfTests("idle", 100), models: ["idle-1b"] },
  ],
  keys: [
    keyOfTests("key-acme", "acme", false),
    keyOfTests("key-bolt", "bolt", false),
    keyOfTests("key-idle", "idle", false),
    keyOfTests("key-revoked", "acme", true),
    keyOfTests("key-orphan", "nobody", false),
  ],
  models: ["fair-8b", "secret-70b", "idle-1b"].map((id) => ({
    id,
    version: `${id}@1`,
    tokenizer: "quad",
    contextTokensMax: 4096,
    outputTokensDefault: 256,
    createdAtEpochS: 1_700_000_000,
  })),
  pools: [
    { id: "fair-8b.eu.batch" as PoolId, model: "fair-8b", region: "eu", class: "batch" },
    { id: "fair-8b.eu" as PoolId, model: "fair-8b", region: "eu", class: "interactive" },
    { id: "fair-8b.us" as PoolId, model: "fair-8b", region: "us", class: "interactive" },
    { id: "secret-70b.eu" as PoolId, model: "secret-70b", region: "eu", class: "interactive" },
  ],
  workers: [],
  adapters: [adapterOfTests("legal", "acme"), adapterOfTests("poet", "bolt")],
};
