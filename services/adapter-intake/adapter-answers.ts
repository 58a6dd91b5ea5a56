// What the desk for adapters answers to the fleet's edges, at the door of the registry's process: a body is judged while it comes.
// Law: nobody's word but the desired state's says what a tenant may.

import type { DeskAnswers, DeskCall } from "#shared/bus/desk-door.ts";
import { sayTo } from "#shared/bus/desk-door.ts";
import type { AdapterDesk } from "#shared/model/adapter-desk.ts";
import type { Fleet, Model, Tenant } from "#shared/model/fleet.ts";
import type { ToldEnd, ToldNotBegun } from "./adapter-words.ts";
import { adaptersPath, readUploadPath, uploadsPath } from "./adapter-words.ts";

export interface AdapterAnswersPorts {
  readonly desk: AdapterDesk;
  readonly fleet: () => Fleet;
}

/** By the first word of the path, as the door takes them. */
export const adapterAnswers = (
  ports: AdapterAnswersPorts,
): readonly (readonly [string, DeskAnswers])[] => [
  [uploadsPath.slice(1), (call) => answerUploads(ports, call)],
  [adaptersPath.slice(1), (call) => answerQuestion(ports, call)],
];

async function answerUploads(ports: AdapterAnswersPorts, call: DeskCall): Promise<void> {
  const { request, response, url } = call;
  if (request.method !== "POST" || url.pathname !== uploadsPath) return sayTo(response, 404, {});
  return upload(ports, call);
}

async function answerQuestion({ desk }: AdapterAnswersPorts, call: DeskCall): Promise<void> {
  const { request, response, url } = call;
  if (!url.pathname.startsWith(`${adaptersPath}/`)) return sayTo(response, 404, {});
  const tenant = url.searchParams.get("tenant") ?? "";
  const name = decodeURIComponent(url.pathname.slice(adaptersPath.length + 1));
  if (request.method === "DELETE") {
    return sayTo(response, 200, { isRemoved: await desk.remove(tenant, name) });
  }
  if (name === "") return sayTo(response, 200, { adapters: await desk.list(tenant) });
  const adapter = await desk.find(tenant, name);
  sayTo(response, 200, adapter === undefined ? {} : { adapter });
}

async function upload(
  { desk, fleet }: AdapterAnswersPorts,
  { request, response, url, isAwaited }: DeskCall,
): Promise<void> {
  const wish = readUploadPath(url);
  if (wish === undefined || !isAwaited) return sayTo(response, 400, {});
  const known = lookUp(fleet(), wish);
  // Its edge knows a newer desired state, or an older one: soon both know the same.
  if (known === undefined) return sayTo(response, 503, {});
  const begun = await desk.begin({ ...known, name: wish.name, alpha: wish.alpha });
  if (typeof begun === "string" || "retryAfterMs" in begun) {
    const told: ToldNotBegun = { notBegun: begun };
    return sayTo(response, 409, told);
  }
  response.writeContinue();
  // Whoever reads no further leaves the socket open: the answer goes there.
  const end = await begun.take(request.iterator({ destroyOnReturn: false }));
  if (end.kind === "cut-off") {
    request.destroy();
    return;
  }
  sayTo(response, 200, toldEnd(end));
  // What is wrong is known before the last byte: its edge reads the answer and leaves.
  request.resume();
}

/** A flaw is an error, of which nothing would be written that is not named. */
function toldEnd(end: ToldEnd): ToldEnd {
  if (end.kind !== "flawed") return end;
  const { code, kind, message, at } = end.flaw;
  return { kind: "flawed", flaw: { code, kind, message, at } };
}

function lookUp(
  { tenants, models }: Fleet,
  wish: { readonly tenant: string; readonly model: string },
): { readonly tenant: Tenant; readonly model: Model } | undefined {
  const tenant = tenants.find(({ policy }) => policy.tenant === wish.tenant);
  const model = models.find(({ id }) => id === wish.model);
  return tenant === undefined || model === undefined ? undefined : { tenant, model };
}
