import assert from "node:assert/strict";
import { test } from "node:test";
import type { Effect } from "#shared/actor/actor.ts";
import type { Usage } from "#shared/messages/to-meter.ts";
import { Scene } from "./session-scene.cases.ts";

class Metered extends Scene {
  readonly usages: Usage[] = [];

  override receive(...heard: Parameters<Scene["receive"]>): readonly Effect[] {
    const effects = super.receive(...heard);
    for (const effect of effects) {
      if (effect.kind === "send" && effect.to.startsWith("meter/")) {
        this.usages.push(effect.message as Usage);
      }
    }
    return effects;
  }
}

const running = ["open timeout=40000", "queued", "granted", "started", 'tokens text="aaaabbbb"'];

/** The one account that is given in answer to the last of these. */
function check(
  commands: readonly string[],
  { tokens, ...expect }: Partial<Usage> & { readonly tokens: number },
): void {
  const scene = new Metered();
  for (const command of commands.slice(0, -1)) scene.run(command);
  const before = scene.usages.length;
  scene.run(commands.at(-1) ?? "");
  const [given, ...more] = scene.usages.slice(before);
  assert.deepEqual(more, []);
  assert.deepEqual({ ...given, ...expect }, given);
  assert.equal(given?.record.outputTokens, tokens);
}

test("an account that is left open says when it may be closed: by the deadline, if whoever it was left to never does", () => {
  const cancelled = [...running, "wait 1000", "client-gone"];
  // Cut short, its bill waits for the queue's word.
  check([...cancelled, "tokens from=2 end=cancelled"], {
    tokens: 2,
    isFinal: false,
    endsWithinMs: 39_000,
  });
  check([...cancelled, "tokens from=2 end=cancelled", "wait 400", "settled taken-over"], {
    tokens: 2,
    isFinal: false,
    endsWithinMs: 38_600,
  });
  check([...cancelled, "tokens from=2 end=cancelled", "settled"], { tokens: 2, isFinal: true });
});

const midnight = 1_700_006_400_000;
const beforeMidnight = ["open midnight-in=1000", "queued", "granted", "started"];

/** The bill's split, and how much of it is the next day's. */
function splitOf(commands: readonly string[]): readonly number[] {
  const scene = new Metered();
  for (const command of commands) scene.run(command);
  const { splitAtEpochMs, outputTokensBefore, outputTokens } = scene.usages.at(-1)?.record ?? {};
  return [splitAtEpochMs ?? -1, outputTokensBefore ?? -1, outputTokens ?? -1];
}

test("output that crosses midnight is split by what its client was given before", () => {
  const before = [...beforeMidnight, 'tokens text="aaaabbbb"'];
  const end = 'tokens from=2 text="cccc" end=stop';
  assert.deepEqual(splitOf([...before, "wait 900", end]), [0, 0, 3]);
  assert.deepEqual(splitOf([...before, "wait 1100", end]), [midnight, 2, 3]);
});

test("a prompt that waited past midnight was the last day's, and all of its output is the next one's", () => {
  const late = ["open midnight-in=1000", "wait 1100", "queued", "granted", "started"];
  assert.deepEqual(splitOf([...late, 'tokens text="aaaabbbb" end=stop']), [midnight, 0, 2]);
});

test("what is generated unseen after midnight is the next day's too", () => {
  const hungUp = [...beforeMidnight, 'tokens text="aaaa"', "wait 1100", "client-gone"];
  const ended = 'tokens from=1 text="bbbb" end=cancelled';
  assert.deepEqual(splitOf([...hungUp, ended, "settled"]), [midnight, 1, 2]);
});

const inOnePiece = ["open whole=yes timeout=40000", ...running.slice(1)];

/** Of the last account: whether it is final, why it ended, prompt and output. */
function lastOf(commands: readonly string[]): readonly unknown[] {
  const scene = new Metered();
  for (const command of commands) scene.run(command);
  const { isFinal, record } = scene.usages.at(-1) ?? {};
  return [isFinal, record?.outcome, record?.promptTokens, record?.outputTokens];
}

test("what was asked for in one piece and fails has brought its client nothing, and nothing of it is billed", () => {
  const end = ["wait 41000", "settled"];
  assert.deepEqual(lastOf([...inOnePiece, ...end]), [true, "deadline_passed", 0, 0]);
  // Of a stream its client has what it was shown.
  assert.deepEqual(lastOf([...running, ...end]), [true, "deadline_passed", 10, 2]);
});

test("nor does what it has so far stand, should its edge die", () => {
  check([...inOnePiece, "worker-lost worker=w-1"], { tokens: 0, isFinal: false });
  check([...running, "worker-lost worker=w-1"], { tokens: 2, isFinal: false });
});

test("whole, or left by its own client, it is billed like any other", () => {
  check([...inOnePiece, 'tokens from=2 text="cccc" end=stop'], { tokens: 3, isFinal: true });
  const left = [...inOnePiece, "client-gone", "tokens from=2 end=cancelled", "settled"];
  check(left, { tokens: 2, isFinal: true });
});

test("across midnight it is split by when it was generated", () => {
  const before = [
    "open whole=yes midnight-in=1000",
    ...beforeMidnight.slice(1),
    'tokens text="aaaabbbb"',
  ];
  const end = 'tokens from=2 text="cccc" end=stop';
  assert.deepEqual(splitOf([...before, "wait 1100", end]), [midnight, 2, 3]);
});

test("a name that was refused for want of an owner bills nothing; what ran under it is had and billed by whoever asks next", () => {
  const refused = new Metered("x1");
  for (const command of ["open key=k whole=yes", "wait 11000", "settled"]) refused.run(command);
  assert.ok(refused.lines.some((line) => line.includes("failed refusal=owner_unavailable")));
  assert.deepEqual(refused.usages, []);
  const next = new Metered("x2");
  for (const command of [
    "open key=k whole=yes",
    "located worker=w-1 attempt=1",
    "attached attempt=1 over=yes",
    'tokens attempt=1 text="aaaabbbb" end=length',
    "settled",
  ]) {
    next.run(command);
  }
  assert.ok(
    next.lines.some((line) => line.includes("completed") && line.includes("outputTokens=2")),
  );
  const [given, ...more] = next.usages;
  assert.deepEqual(more, []);
  assert.deepEqual([given?.isFinal, given?.record.outputTokens], [true, 2]);
  assert.equal(given?.record.requestId, "r1");
});
