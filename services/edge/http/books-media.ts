// In which format an answer is wanted: said by the parameter `format`, else by the header `Accept`, else JSON. Pure.

import type { Refusal } from "#shared/model/refusal.ts";
import { malformed } from "#services/edge/generation-request.ts";

export const mediaTypes = {
  json: "application/json",
  csv: "text/csv; charset=utf-8; header=present",
  html: "text/html; charset=utf-8",
} as const;
export type BooksMedia = keyof typeof mediaTypes;

/** `offered`: what there is of it. `url` as the request line has it. */
export function readMedia(
  url: string,
  accept: string | undefined,
  offered: readonly BooksMedia[],
): BooksMedia | Refusal {
  const at = url.indexOf("?");
  const given = new URLSearchParams(at < 0 ? "" : url.slice(at)).get("format");
  if (given === null) return preferred(accept ?? "", offered);
  const media = offered.find((one) => one === given);
  return media ?? malformed(`\`format\` must be ${offered.join(" or ")}.`, "format");
}

/** The most wanted that there is; of two that are wanted alike the first named. */
function preferred(accept: string, offered: readonly BooksMedia[]): BooksMedia {
  const wanted = accept.split(",").flatMap((part) => {
    const [type = "", ...terms] = part.split(";").map((word) => word.trim().toLowerCase());
    const media = offered.find((one) => mediaTypes[one].split(";")[0] === type);
    const quality = Number(
      /^q=([\d.]{1,5})$/.exec(terms.find((t) => t.startsWith("q=")) ?? "q=1")?.[1],
    );
    return media !== undefined && quality > 0 ? [{ media, quality }] : [];
  });
  return wanted.toSorted((a, b) => b.quality - a.quality)[0]?.media ?? "json";
}
