// For tests: a real issuer in a process of its own, and tokens by it.

import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { TenantId } from "#shared/model/ids.ts";
import type { TokenIssuer } from "#shared/model/token-issuer.ts";
import type { IssuerHeader, IssuerMood, IssuerOrder } from "./issuer-process.cases.ts";

export interface IssuerStage {
  /** As a fleet has it. */
  readonly issuer: TokenIssuer;
  /** Good for acme for a minute but for what differs; `undefined` leaves a claim out. */
  readonly token: (
    claims?: Readonly<Record<string, unknown>>,
    header?: Partial<IssuerHeader>,
  ) => Promise<string>;
  readonly rotate: (kid: string, how?: { alg?: string; keepsOld?: boolean }) => Promise<void>;
  readonly serve: (how: IssuerMood) => Promise<void>;
  /** How often it was asked for its keys. */
  readonly asked: () => Promise<number>;
  readonly kill: () => Promise<void>;
}

const program = fileURLToPath(new URL("./issuer-process.cases.ts", import.meta.url));

export async function issuerStage(
  context: { readonly after: (end: () => Promise<void>) => void },
  change: Partial<TokenIssuer> = {},
): Promise<IssuerStage> {
  const child = fork(program, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const waiting = new Map<number, (told: unknown) => void>();
  child.on("message", ({ id, told }: { readonly id: number; readonly told: unknown }) => {
    waiting.get(id)?.(told);
    waiting.delete(id);
  });
  let orders = 0;
  const tell = (order: IssuerOrder): Promise<unknown> => {
    orders += 1;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    waiting.set(orders, resolve);
    child.send({ id: orders, order });
    return promise;
  };
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const over = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await over;
  };
  context.after(kill);
  const rotate: IssuerStage["rotate"] = async (kid, { alg = "ES256", keepsOld = true } = {}) => {
    await tell({ kind: "rotate", kid, alg, keepsOld });
  };
  const port = Number(await tell({ kind: "begin" }));
  await rotate("first");
  const issuer: TokenIssuer = {
    id: "idp",
    issuer: "https://idp.example/",
    jwksUrl: `http://127.0.0.1:${port}/keys`,
    audience: "fairlead",
    algorithms: ["RS256", "ES256", "EdDSA"],
    clockSkewS: 5,
    claims: { tenant: "tenant_id", tier: "tier", models: "allowed_models" },
    scopes: ["inference"],
    tenants: ["acme" as TenantId, "bolt" as TenantId],
    ...change,
  };
  return {
    issuer,
    rotate,
    kill,
    token: async (claims = {}, header = {}) => {
      const nowS = Math.floor(Date.now() / 1000);
      const whole = { ...goodClaims, iss: issuer.issuer, exp: nowS + 60, ...claims };
      const said = Object.fromEntries(
        Object.entries(whole).filter(([, value]) => value !== undefined),
      );
      return String(
        await tell({ kind: "sign", claims: said, header: { with: "first", ...header } }),
      );
    },
    serve: async (how) => {
      await tell({ kind: "serve", how });
    },
    asked: async () => Number(await tell({ kind: "asked" })),
  };
}

const goodClaims = { aud: "fairlead", tenant_id: "acme", tier: "business" };
