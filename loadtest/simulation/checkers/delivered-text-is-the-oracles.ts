// What a client read is what the oracle says for its tenant, adapter and prompt: all of it if it was completed, the
// beginning if it was cut. A lost, repeated or reordered token, a wrong adapter or another tenant's text shows here.

import type { Checker } from "#loadtest/simulation/checker.ts";
import type { ClientHistory } from "#loadtest/simulation/client-history.ts";
import type { PlannedRequest } from "#loadtest/simulation/workload.ts";
import { oracleFor, oracleLength, oracleToken } from "#shared/model/oracle.ts";
import { quadVocabulary } from "#shared/model/quad-tokenizer.ts";
import { detokenize, startDetokenizer } from "#shared/model/tokenizer.ts";

export const deliveredTextIsTheOracles: Checker = {
  name: "delivered-text-is-the-oracles",
  watch: (report) => ({
    judge({ histories }) {
      for (const history of histories.values()) {
        const violation = violationOf(history);
        if (violation !== undefined) report(`${history.request.requestId}: ${violation}`);
        for (const echo of history.echoes) {
          const wrong = violationOf(echo);
          if (wrong !== undefined) report(`${echo.request.requestId} by ${echo.session}: ${wrong}`);
        }
      }
    },
  }),
};

type Reader = Pick<ClientHistory, "request" | "text" | "outputTokens" | "end">;

interface Legal {
  readonly text: string;
  readonly reason: "stop" | "length";
  /** Of the whole output; absent when a stop string cuts it, for then tokens and text part. */
  readonly outputTokens?: number;
}

export function legalOutput(request: PlannedRequest): Legal {
  const { outputTokens, finishReason } = oracleLength(request.promptDigest, {
    outputTokensMax: request.outputTokensMax,
    outputTokensMin: 0,
    ignoreEos: request.ignoreEos,
  });
  const oracle = oracleFor(request);
  const tokens = Array.from({ length: outputTokens }, (_, index) => oracleToken(oracle, index));
  const text = detokenize(startDetokenizer(quadVocabulary), tokens);
  const cuts = request.stopStrings.map((word) => text.indexOf(word)).filter((at) => at >= 0);
  if (cuts.length === 0) return { text, reason: finishReason, outputTokens };
  return { text: text.slice(0, Math.min(...cuts)), reason: "stop" };
}

function violationOf({ request, text, outputTokens, end }: Reader): string | undefined {
  const legal = legalOutput(request);
  if (!legal.text.startsWith(text)) return `text departs at ${departure(text, legal.text)}`;
  if (request.stopStrings.length === 0 && text.length !== 4 * outputTokens) {
    return `${outputTokens} tokens counted for ${text.length} characters`;
  }
  if (end?.kind !== "completed") return undefined;
  if (text !== legal.text) return `completed at ${text.length} of ${legal.text.length} characters`;
  if (end.reason !== legal.reason) return `ended by ${end.reason} instead of ${legal.reason}`;
  if (end.promptTokens !== request.promptTokens) return `${end.promptTokens} prompt tokens`;
  if (legal.outputTokens !== undefined && end.outputTokens !== legal.outputTokens) {
    return `${end.outputTokens} output tokens instead of ${legal.outputTokens}`;
  }
  return undefined;
}

function departure(text: string, legal: string): string {
  let at = 0;
  while (at < text.length && text[at] === legal[at]) at++;
  return `${at}: "${text.slice(at, at + 16)}" instead of "${legal.slice(at, at + 16)}"`;
}
