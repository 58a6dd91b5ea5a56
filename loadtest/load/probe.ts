// Before anything is sent: does the platform answer, does it know every key, and may each use the model. A replay
// against nothing would look like a busy platform.

import type { LoadTenant } from "./assign-tenants.ts";

export interface ProbeOptions {
  readonly url: URL;
  readonly model: string;
  readonly tenants: readonly LoadTenant[];
}

const timeoutMs = 10_000;

/** Throws an `Error` that names what is wrong: the URL, whose key, or the model. */
export async function probe({ url, model, tenants }: ProbeOptions): Promise<void> {
  for (const { name, key } of tenants) {
    const models = await modelsOf(url, name, key);
    if (models.includes(model)) continue;
    const choices = models.join(", ") || "none";
    throw new Error(
      `--model: "${model}" is not a model that ${name} may use at ${url.origin} (${choices})`,
    );
  }
}

async function modelsOf(url: URL, tenant: string, key: string): Promise<readonly string[]> {
  const response = await reach(url, key);
  const answer = (await response.json().catch(() => undefined)) as ModelsAnswer | undefined;
  if (response.status === 401 || response.status === 403) {
    const why = answer?.error?.message ?? `status ${response.status}`;
    throw new Error(`--tenants: ${url.origin} does not take the key of ${tenant}: ${why}`);
  }
  if (!response.ok || !Array.isArray(answer?.data)) {
    const why = answer?.error?.message ?? `status ${response.status}`;
    throw new Error(`--url: ${url.origin} does not answer /v1/models as a platform does (${why})`);
  }
  return answer.data.map(({ id }) => String(id));
}

interface ModelsAnswer {
  readonly data?: readonly { readonly id?: unknown }[];
  readonly error?: { readonly message?: string };
}

async function reach(url: URL, key: string): Promise<Response> {
  try {
    return await fetch(new URL("/v1/models", url), {
      headers: { authorization: `Bearer ${key}` },
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (error) {
    const { name, cause, message } = error as Error & {
      readonly cause?: { readonly code?: string };
    };
    const why = name === "TimeoutError" ? `no answer in ${timeoutMs / 1000} s` : cause?.code;
    throw new Error(
      `--url: cannot reach ${url.origin} (${why ?? message}). Start the platform with npm start, or name another.`,
      { cause: error },
    );
  }
}
