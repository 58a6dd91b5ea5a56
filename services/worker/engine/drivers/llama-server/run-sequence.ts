// One sequence on a llama-server, from its prompt to its end: the prompt in steps, then a stream, and where the stream
// loses tokens a call that brings them. Law: every token of its output is told once, in order, by its id.

import type { DriverSequence } from "#services/worker/engine/drivers/driver-sequence.ts";
import { callEngine } from "#services/worker/engine/drivers/engine-call.ts";
import { EngineFault } from "#services/worker/engine/drivers/engine-fault.ts";
import type { CompletionWish } from "./completion-body.ts";
import { completionBody } from "./completion-body.ts";
import { readCompletion } from "./completion-event.ts";
import type { Final } from "./completion-event.ts";
import { prefillSteps } from "./prefill-steps.ts";
import type { LlamaServer } from "./probe.ts";
import type { Segment, SequencePorts } from "./sequence-call.ts";
import { assertOwn, wishOf } from "./sequence-call.ts";
import { reusableTokens } from "#services/worker/engine/drivers/slots.ts";
import { streamCompletion } from "./stream-completion.ts";

/** A repairing call asks for this many more than were lost: characters of several tokens come in company. */
const repairAhead = 7;

/** Resolves with why it ended. Rejects with an `EngineFault`: of kind `closed` when it was stopped. */
export async function runSequence(
  sequence: DriverSequence,
  ports: SequencePorts,
): Promise<"stop" | "length"> {
  const { run } = sequence;
  if (sequence.outputIndex >= run.outputTokensMax) return "length";
  await prefill(sequence, ports);
  while (sequence.outputIndex < run.outputTokensMax) {
    const segment = nextSegment(sequence);
    const before = sequence.outputTokens;
    const { end, lostTokens } = await streamCompletion(sequence, ports, segment);
    const left = segment.outputTokensMax - (sequence.outputTokens - before);
    if (lostTokens > 0) {
      const wanted = Math.min(lostTokens + repairAhead, left);
      if ((await repair(sequence, ports, { ...segment, outputTokensMax: wanted })) === "eos") {
        return "stop";
      }
    } else if (end === "eos") return "stop";
    // Its context is full: no more is to be had.
    else if (left > 0) return "length";
  }
  return "length";
}

function nextSegment({ run, outputIndex }: DriverSequence): Segment {
  const { outputTokensMax, outputTokensMin, ignoreEos } = run;
  // The server knows no least length: until there its end tokens are forbidden.
  if (!ignoreEos && outputIndex < outputTokensMin && outputTokensMin < outputTokensMax) {
    return { outputTokensMax: outputTokensMin - outputIndex, ignoreEos: true };
  }
  const mustFill = ignoreEos || outputTokensMin >= outputTokensMax;
  return { outputTokensMax: outputTokensMax - outputIndex, ignoreEos: mustFill };
}

async function prefill(sequence: DriverSequence, ports: SequencePorts): Promise<void> {
  const { server, slot, nowMs } = ports;
  const { ids, run } = sequence;
  const held = server.keepsSlotsApart ? reusableTokens(slot, { ...run, ids }) : 0;
  slot.namespace = run.namespace;
  slot.held = ids.slice(0, held);
  let cached: number | undefined;
  for (const end of prefillSteps(ids.length, held)) {
    const segment = { outputTokensMax: 0, ignoreEos: false };
    const wish = wishOf(sequence, ports, { segment, isStream: false });
    const said = await call(sequence, server, { ...wish, ids: ids.slice(0, end) });
    assertOwn(said.cachedTokens, slot);
    cached ??= said.cachedTokens;
    slot.held = ids.slice(0, end);
    sequence.prefilled({ cached, computed: end - cached }, nowMs());
    ports.onTokens([]);
  }
}

/**
 * The server sends no event for a token at whose end a character of UTF-8 is not whole yet, and of several such its next
 * event has the last one alone. Where its text leaves a choice which the others were, or where the output ends so, they are
 * lost: a call that is no stream has them all. It costs some steps, for the stream has to be closed first.
 */
async function repair(
  sequence: DriverSequence,
  ports: SequencePorts,
  segment: Segment,
): Promise<Final["end"]> {
  const said = await call(
    sequence,
    ports.server,
    wishOf(sequence, ports, { segment, isStream: false }),
  );
  const tokens = said.end === "eos" ? said.tokens.slice(0, -1) : said.tokens;
  if (said.tokens.length !== said.predicted)
    throw new EngineFault("malformed", "tokens are missing");
  await sequence.untilResumed();
  if (sequence.isStopping) throw new EngineFault("closed", "stopped");
  sequence.produced(tokens, ports.nowMs());
  ports.onTokens(tokens);
  ports.slot.held = sequence.ids.slice();
  return said.end;
}

async function call(
  sequence: DriverSequence,
  { url }: LlamaServer,
  wish: CompletionWish,
): Promise<Final> {
  const { signal } = sequence.closing;
  const body = completionBody(wish);
  const said = readCompletion(
    await callEngine({ url: `${url}/completion`, method: "POST", body, signal }),
  );
  if (sequence.isStopping) throw new EngineFault("closed", "stopped");
  if (said.kind !== "final") throw new EngineFault("malformed", "an answer without an end");
  return said;
}
