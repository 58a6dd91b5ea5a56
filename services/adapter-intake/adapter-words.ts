// What an edge and the process that takes adapters in say to each other over HTTP: where it is asked, and what is answered.
// Law: only ids travel, never a tenant's terms; who takes them in looks those up itself.

import type { NotBegun, UploadEnd, UploadWish } from "#shared/model/adapter-desk.ts";

export const uploadsPath = "/uploads";
export const adaptersPath = "/adapters";

/** What a wish says by ids. */
export interface WrittenWish {
  readonly tenant: string;
  readonly name: string;
  readonly model: string;
  readonly alpha: number | undefined;
}

export function uploadPath({ tenant, name, model, alpha }: UploadWish): string {
  const said = new URLSearchParams({ tenant: tenant.policy.tenant, name, model: model.id });
  if (alpha !== undefined) said.set("alpha", alpha.toString());
  return `${uploadsPath}?${said.toString()}`;
}

export function readUploadPath(url: URL): WrittenWish | undefined {
  const said = (word: string): string => url.searchParams.get(word) ?? "";
  const alpha = url.searchParams.has("alpha") ? Number(said("alpha")) : undefined;
  const wish = { tenant: said("tenant"), name: said("name"), model: said("model"), alpha };
  const isWhole = wish.tenant !== "" && wish.name !== "" && wish.model !== "";
  return isWhole && (alpha === undefined || Number.isFinite(alpha)) ? wish : undefined;
}

export const adapterPath = (tenant: string, name = ""): string =>
  `${adaptersPath}/${encodeURIComponent(name)}?tenant=${encodeURIComponent(tenant)}`;

/** One whose sender has left is not told. */
export type ToldEnd = Exclude<UploadEnd, { readonly kind: "cut-off" }>;

/** In place of the 100 that asks for the body. */
export interface ToldNotBegun {
  readonly notBegun: NotBegun;
}
