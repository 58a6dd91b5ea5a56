// What an operator asks for, from the body of a call: every field checked before anything is done, and the plan of stages that
// follows from it.

import type { TenantId } from "#shared/model/ids.ts";
import type { RolloutPlan, RolloutStage } from "#shared/model/rollout.ts";
import { wholeShare } from "#shared/model/rollout.ts";
import type { NewRollout } from "#shared/model/rollout-shelf.ts";
import { z } from "zod";

const between = (least: number, most: number, what: string) =>
  z.number({ error: what }).min(least, { error: what }).max(most, { error: what });

const whole = (least: number, most: number) =>
  between(least, most, `a whole number from ${least} to ${most}`).int({
    error: `a whole number from ${least} to ${most}`,
  });

const what = "MODEL or MODEL:NAME";
const nameOrModel = z
  .string({ error: what })
  .regex(/^[^:\s]{1,128}(:[^:\s]{1,128})?$/, { error: what });

const goldenPrompt = z
  .strictObject({
    prompt: z.string().min(1).max(16_384),
    isChat: z.exactOptional(z.boolean()),
    outputTokensMax: whole(1, 2_048).default(256),
    text: z.exactOptional(z.string().min(1).max(4_096)),
    regex: z.exactOptional(
      z.string().min(1).max(1_024).refine(isRegex, { error: "a regular expression" }),
    ),
  })
  .refine(({ text, regex }) => text === undefined || regex === undefined, {
    error: "text or regex, not both",
  });

const promptsMax = 64;
const stepsMax = 16;

const wish = z
  .strictObject({
    name: nameOrModel,
    to: nameOrModel,
    tenant: z.exactOptional(z.string().regex(/^[a-z0-9-]{1,63}$/, { error: "a tenant's id" })),
    /** Of conversations, percent. */
    steps: z
      .array(between(0.01, 100, "a percentage from 0.01 to 100"), {
        error: "a list of percentages",
      })
      .min(1)
      .max(stepsMax)
      .default([1, 10, 100])
      .refine((steps) => steps.every((step, at) => step > (steps[at - 1] ?? 0)), {
        error: "percentages that grow",
      })
      .refine((steps) => steps.at(-1) === 100, { error: "100 as the last" }),
    dwellMs: whole(0, 7 * 86_400_000).default(30_000),
    samples: whole(1, 1_000_000).default(50),
    /** Of requests, percent. */
    shadow: z.exactOptional(between(0.01, 100, "a percentage from 0.01 to 100")),
    golden: z
      .array(goldenPrompt, { error: "a list of prompts" })
      .min(1, { error: "at least one prompt: none would let everything pass" })
      .max(promptsMax, { error: `at most ${promptsMax} prompts` })
      .default([]),
    passAtLeast: between(0, 1, "a number from 0 to 1").default(1),
    evaluator: z.exactOptional(z.string().regex(/^[\w-]{1,63}$/, { error: "an evaluator's name" })),
    tolerances: z
      .strictObject({
        ttft: between(1.05, 10, "a factor from 1.05 to 10").default(1.3),
        tpot: between(1.05, 10, "a factor from 1.05 to 10").default(1.3),
        errorRate: between(0.0001, 0.5, "a rate from 0.0001 to 0.5").default(0.005),
        errorMargin: between(0.001, 0.5, "a rate from 0.001 to 0.5").default(0.02),
      })
      .prefault({}),
  })
  .refine(({ golden, evaluator }) => golden.length > 0 || evaluator === undefined, {
    path: ["evaluator"],
    error: "golden prompts as well: it judges their outputs",
  })
  .refine(
    ({ golden, evaluator }) =>
      evaluator !== undefined ||
      golden.every(({ text, regex }) => text !== undefined || regex !== undefined),
    { path: ["golden"], error: "a text or a regex for each prompt, or an evaluator" },
  );

function isRegex(text: string): boolean {
  try {
    return new RegExp(text, "u") instanceof RegExp;
  } catch {
    return false;
  }
}

export type WishReading =
  | { readonly kind: "wish"; readonly wish: Omit<NewRollout, "id"> }
  | { readonly kind: "refused"; readonly why: string };

export function readWish(body: unknown): WishReading {
  const read = wish.safeParse(body);
  return read.success ? planned(read.data) : refused(complaintOf(read.error));
}

function complaintOf({ issues: [first] }: z.ZodError): string {
  const at = first?.path.join(".") ?? "";
  const where = at === "" ? "The body" : at;
  if (first?.code === "unrecognized_keys")
    return `${where}: ${first.keys.join(", ")} is not known here.`;
  return `${where}: expected ${first?.message ?? "something else"}.`;
}

function planned(asked: z.infer<typeof wish>): WishReading {
  const { name: from, to, tenant, golden, passAtLeast, evaluator, tolerances } = asked;
  const [model = "", name = ""] = from.split(":");
  const [toModel = "", toName = ""] = to.split(":");
  if ((name === "") !== (toName === "")) {
    return refused(
      `${from} and ${to}: a model's own name moves to a model, an adapter's to an adapter.`,
    );
  }
  if (name !== "" && model !== toModel)
    return refused(`${to} has another base model than ${from}.`);
  const plan: RolloutPlan = {
    stages: stagesOf(asked),
    tolerances,
    golden,
    passAtLeast,
    ...(evaluator === undefined ? {} : { evaluator }),
  };
  return {
    kind: "wish",
    wish: {
      model,
      name,
      toName,
      ...(name === "" ? { toModel } : {}),
      plan,
      ...(tenant === undefined ? {} : { tenant: tenant as TenantId }),
    },
  };
}

const refused = (why: string): WishReading => ({ kind: "refused", why });

const partsOf = (percent: number): number => Math.round((percent / 100) * wholeShare);

function stagesOf({
  golden,
  shadow,
  steps,
  dwellMs,
  samples: samplesMin,
}: z.infer<typeof wish>): readonly RolloutStage[] {
  const still = { share: 0, shadowShare: 0 };
  return [
    ...(golden.length === 0
      ? []
      : [{ kind: "golden" as const, ...still, dwellMs: 0, samplesMin: 0 }]),
    ...(shadow === undefined
      ? []
      : [{ kind: "shadow" as const, share: 0, shadowShare: partsOf(shadow), dwellMs, samplesMin }]),
    ...steps.map((step) => ({
      kind: "canary" as const,
      share: partsOf(step),
      shadowShare: 0,
      dwellMs,
      samplesMin,
    })),
  ];
}
