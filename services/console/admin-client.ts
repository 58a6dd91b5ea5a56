// Asks a running platform's admin API. A refusal and a platform that is not there are told in words.

import { CommandFailure } from "./command-failure.ts";

export interface AdminClient {
  get(path: string): Promise<unknown>;
  /** The answer's own words, to the byte. */
  text(path: string): Promise<string>;
  /** `contentType` is needed by every write, body or none. */
  write(method: "PUT" | "POST", path: string, write?: AdminWrite): Promise<unknown>;
}

export interface AdminWrite {
  readonly contentType: string;
  readonly body: string;
}

const timeoutMs = 30_000;

export function adminClient(url: string): AdminClient {
  const ask = async (path: string, call: RequestInit): Promise<unknown> => {
    const response = await reach(url, path, call);
    const answer = (await response.json().catch(() => undefined)) as AdminError | undefined;
    if (answer === undefined) throw notAdminApi(url, response);
    if (!response.ok) throw refusalOf(answer, response);
    return answer;
  };
  return {
    get: (path) => ask(path, { method: "GET" }),
    text: async (path) => {
      const response = await reach(url, path, { method: "GET" });
      if (response.ok) return response.text();
      const answer = (await response.json().catch(() => undefined)) as AdminError | undefined;
      throw answer === undefined ? notAdminApi(url, response) : refusalOf(answer, response);
    },
    write: (method, path, { contentType, body } = { contentType: "application/json", body: "" }) =>
      ask(path, { method, headers: { "content-type": contentType }, body }),
  };
}

interface AdminError {
  readonly error?: {
    readonly code?: string;
    readonly message?: string;
    readonly problems?: CommandFailure["problems"];
  };
}

const notAdminApi = (url: string, { status }: Response): CommandFailure =>
  new CommandFailure(`${url} answered ${status}, but not as an admin API does`, {
    code: "not_admin_api",
  });

function refusalOf({ error }: AdminError, { status }: Response): CommandFailure {
  const { code = "unknown", message = `status ${status}`, problems = [] } = error ?? {};
  return new CommandFailure(message, { code, problems });
}

async function reach(url: string, path: string, call: RequestInit): Promise<Response> {
  try {
    return await fetch(new URL(path, url), { ...call, signal: AbortSignal.timeout(timeoutMs) });
  } catch (error) {
    throw new CommandFailure(
      `cannot reach the platform at ${url} (${reasonOf(error)}). Is it running? Start it with npm start, ` +
        `or name another with --admin URL or FAIRLEAD_ADMIN_URL.`,
      { code: "unreachable" },
    );
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no answer within ${timeoutMs / 1000} s`;
  const cause = error.cause as { readonly code?: unknown } | undefined;
  return typeof cause?.code === "string" ? cause.code : error.message;
}
