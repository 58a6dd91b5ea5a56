// A key as an entry of a fleet file: either its hash or, for demonstrations, the key; and what it may do.

import type { KeyScope } from "#shared/model/api-key.ts";
import { keyScopes } from "#shared/model/api-key.ts";
import { z } from "zod";
import { name, sha256, word } from "./schema-words.ts";

export interface KeyEntry {
  readonly id: string;
  /** Hashed when the file is read: for demonstrations. */
  readonly secret?: string | undefined;
  readonly sha256?: string | undefined;
  readonly revoked: boolean;
  readonly expiresAt?: string;
  readonly models?: readonly string[];
  readonly scopes?: readonly KeyScope[];
}

/** Nobody lists more by hand, and an edge keeps each for every key. */
export const keyModelsMax = 64;

const moment = "a time with its zone, such as 2027-01-31T12:00:00Z";

export const scopes: z.ZodType<readonly KeyScope[]> = z
  .array(z.enum(keyScopes, { error: keyScopes.join(" or ") }), {
    error: `a list of ${keyScopes.join(", ")}`,
  })
  .min(1, { error: "at least one scope" });

const allowedModel = word(
  /^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}(?::[A-Za-z0-9._-]{1,63})?$/,
  "a model, or model:adapter",
);

export const key: z.ZodType<KeyEntry> = z
  .strictObject({
    id: name,
    secret: word(/^[\x21-\x7e]{8,200}$/, "8 to 200 printable characters without spaces").optional(),
    sha256: sha256.optional(),
    revoked: z.boolean({ error: "true or false" }).default(false),
    expiresAt: z.exactOptional(z.iso.datetime({ offset: true, error: moment })),
    models: z.exactOptional(
      z
        .array(allowedModel, { error: "a list of models" })
        .min(1, { error: "at least one model" })
        .max(keyModelsMax, { error: `at most ${keyModelsMax} models` }),
    ),
    scopes: z.exactOptional(scopes),
  })
  .refine(({ secret, sha256: digest }) => (secret === undefined) !== (digest === undefined), {
    error: "either `sha256` or, for demonstrations, `secret`",
  });
