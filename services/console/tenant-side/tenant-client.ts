// Asks the platform's door to tenants, with a tenant's own key out of the environment: on a command line others could see it.

import { CommandFailure } from "#services/console/command-failure.ts";

export interface TenantClient {
  ask(method: "GET" | "POST" | "DELETE", path: string, body?: Blob): Promise<unknown>;
  /** The answer as it is, whatever its format. */
  text(path: string): Promise<string>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Of an upload: as long as the edge waits for one by default. */
const timeoutMs = 900_000;

export function tenantClient(given: string | undefined, environment: Environment): TenantClient {
  const port = environment["FAIRLEAD_HTTP_PORT"] || "8080";
  const url = given ?? environment["FAIRLEAD_URL"] ?? `http://127.0.0.1:${port}`;
  const call = async (path: string, init: RequestInit): Promise<Response> => {
    const key = environment["FAIRLEAD_API_KEY"] ?? "";
    if (key === "") {
      throw new CommandFailure("set FAIRLEAD_API_KEY to a key of the tenant's", { code: "no_key" });
    }
    const headers = { authorization: `Bearer ${key}` };
    const signal = AbortSignal.timeout(timeoutMs);
    return reach(url, path, { ...init, headers, signal });
  };
  return {
    async ask(method, path, body) {
      return answerOf(url, await call(path, { method, ...(body === undefined ? {} : { body }) }));
    },
    async text(path) {
      const response = await call(path, {});
      if (response.ok) return response.text();
      await answerOf(url, response);
      return "";
    },
  };
}

async function reach(url: string, path: string, call: RequestInit): Promise<Response> {
  try {
    return await fetch(new URL(path, url), call);
  } catch (error) {
    const { message, cause } = error as Error;
    const { code = message } = (cause ?? {}) as { readonly code?: string };
    throw new CommandFailure(
      `cannot reach the platform at ${url} (${code}). Is it running? Name another with --url URL or FAIRLEAD_URL.`,
      { code: "unreachable" },
    );
  }
}

interface TenantAnswer {
  readonly error?: {
    readonly code?: string;
    readonly message?: string;
    readonly param?: string | null;
    readonly detail?: string;
  };
}

async function answerOf(url: string, response: Response): Promise<unknown> {
  const answer = (await response.json().catch(() => undefined)) as TenantAnswer | undefined;
  if (answer === undefined) {
    const message = `${url} answered ${response.status}, but not as the platform does`;
    throw new CommandFailure(message, { code: "not_fairlead" });
  }
  if (response.ok) return answer;
  const {
    code = "unknown",
    message = `status ${response.status}`,
    param,
    detail,
  } = answer.error ?? {};
  const at = param === null || param === undefined ? "" : ` (${param})`;
  throw new CommandFailure(`${message}${at}`, { code: detail ?? code });
}
