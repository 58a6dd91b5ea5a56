// The query of a request line, of which nothing may be ignored. Pure.

import type { Refusal } from "#shared/model/refusal.ts";

const nameLengthMax = 64;

/** `url` as the request line has it. A parameter that is not one of `parameters` is refused by name. */
export function queryOf(url: string, parameters: readonly string[]): URLSearchParams | Refusal {
  const at = url.indexOf("?");
  const query = new URLSearchParams(at < 0 ? "" : url.slice(at + 1));
  const unknown = [...query.keys()].find((key) => !parameters.includes(key));
  if (unknown === undefined) return query;
  const there = parameters.length < 2 ? "there is" : "there are";
  const message =
    parameters.length === 0
      ? "This URL takes no parameters."
      : `There is no such parameter; ${there} ${parameters.join(", ")}.`;
  return { code: "unknown_parameter", message, param: unknown.slice(0, nameLengthMax) };
}
