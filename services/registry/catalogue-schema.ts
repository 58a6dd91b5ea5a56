// The shape of what the catalogue says in a fleet file: terms of a model, aliases, and the words before a tenant's chats.

import type { CatalogueTerms } from "#shared/model/catalogue.ts";
import { engineKinds, modelFormats, modelStatuses } from "#shared/model/catalogue.ts";
import { z } from "zod";
import type { AliasEntry, ModelEntry } from "./fleet-schema.ts";
import { modelId, name, sha256, whole, word } from "./schema-words.ts";

const artefact = z.strictObject({
  uri: word(/^[a-z][a-z0-9+.-]{0,31}:[^\s\0]{1,2000}$/, "a URI, such as s3://models/m.gguf"),
  digest: sha256,
});

const runtimes = z
  .array(z.enum(engineKinds, { error: engineKinds.join(", ") }), {
    error: `a list of engines (${engineKinds.join(", ")})`,
  })
  .min(1, { error: "at least one engine" });

const needs = z.strictObject({
  gpus: z.exactOptional(whole(1, 64)),
  gpuMemoryBytes: z.exactOptional(whole(1, 100_000_000_000_000)),
});

/** `retiresAt` is a moment in words. */
type Terms = Required<Omit<CatalogueTerms, "retiresAtEpochMs" | "deprecatedAtEpochMs">> & {
  readonly retiresAt: string;
};

/** A term forgotten here does not compile. */
export const catalogueFields: {
  readonly [Name in keyof Terms]: z.ZodExactOptional<z.ZodType<Terms[Name]>>;
} = {
  artefact: z.exactOptional(artefact),
  format: z.exactOptional(z.enum(modelFormats, { error: modelFormats.join(" or ") })),
  quantisation: z.exactOptional(
    word(/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/, "a quantisation, such as Q4_K_M or fp8"),
  ),
  runtimes: z.exactOptional(runtimes),
  needs: z.exactOptional(needs),
  status: z.exactOptional(z.enum(modelStatuses, { error: modelStatuses.join(", ") })),
  retiresAt: z.exactOptional(
    z.iso.datetime({ offset: true, error: "a moment, such as 2027-03-01T00:00:00Z" }),
  ),
  withoutNotice: z.exactOptional(z.literal(true, { error: "true, or nothing" })),
  replacement: z.exactOptional(modelId),
  scope: z.exactOptional(z.enum(["public", "private"], { error: "public or private" })),
};

type StatusTerms = Pick<
  ModelEntry,
  "id" | "status" | "retiresAt" | "withoutNotice" | "replacement"
>;

interface Issues {
  addIssue(issue: { code: "custom"; path: string[]; message: string }): void;
}

/** What only makes sense of a model that goes away. */
export function catalogueRules(model: StatusTerms, issues: Issues): void {
  const { id, status = "active", retiresAt, withoutNotice, replacement } = model;
  const expect = (field: string, message: string): void =>
    issues.addIssue({ code: "custom", path: [field], message });
  if (status === "deprecated" && retiresAt === undefined) {
    expect("retiresAt", "the moment from which the deprecated model is refused");
  }
  if (replacement === id) expect("replacement", "another model");
  if (status === "deprecated" || status === "archived") return;
  for (const [field, value] of Object.entries({ retiresAt, withoutNotice, replacement })) {
    if (value !== undefined) expect(field, `none, for its status is ${status}`);
  }
}

/** As long as some thousand tokens: it is computed, or found cached, with each chat, and billed. */
const promptLengthMax = 8_192;
const promptText = z
  .string({ error: "a text" })
  .min(1, { error: "a text" })
  .max(promptLengthMax, { error: `at most ${promptLengthMax} characters` });

export const systemPrompts: z.ZodArray<
  z.ZodObject<{ model: z.ZodString; text: z.ZodString }, z.core.$strict>
> = z
  .array(z.strictObject({ model: modelId, text: promptText }), {
    error: "a list of system prompts, each with `model` and `text`",
  })
  .refine((list) => new Set(list.map(({ model }) => model)).size === list.length, {
    error: "each model once",
  });

const target = word(
  /^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}(:[A-Za-z0-9._-]{1,63})?$/,
  "MODEL or MODEL:ADAPTER",
);

export const alias: z.ZodType<AliasEntry> = z.strictObject({
  name: modelId,
  target,
  tenants: z.exactOptional(
    z.array(name, { error: "a list of tenant ids" }).min(1, { error: "at least one tenant" }),
  ),
  systemPrompt: z.exactOptional(promptText),
});
