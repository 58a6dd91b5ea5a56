import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { GoldenPrompt } from "#shared/model/rollout.ts";
import { readEvaluators } from "./evaluators.ts";
import { judgeOutput } from "./judge-output.ts";

const folder = mkdtempSync(join(tmpdir(), "fairlead-evaluators-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const golden = (fields: Partial<GoldenPrompt>): GoldenPrompt => ({
  prompt: "p",
  outputTokensMax: 8,
  ...fields,
});

const rightOf = async (fields: Partial<GoldenPrompt>, output: string): Promise<boolean> =>
  (await judgeOutput(golden(fields), output, undefined)).isRight;

test("an output is right that has its text, or matches its expression", async () => {
  assert.equal(await rightOf({ text: "ropes" }, "of ropes and knots"), true);
  assert.equal(await rightOf({ text: "rope." }, "of ropes and knots"), false);
  assert.equal(await rightOf({ regex: "^of r.p" }, "of ropes and knots"), true);
  assert.equal(await rightOf({ regex: "^ropes" }, "of ropes and knots"), false);
});

test("an expression that would take for ever is cut off, and the output is wrong", async () => {
  const beganMs = performance.now();
  const verdict = await judgeOutput(golden({ regex: "^(a+)+$" }), `${"a".repeat(40)}b`, undefined);
  assert.match(verdict.why, /took more than 100 ms/);
  assert.ok(performance.now() - beganMs < 5_000);
});

function evaluator(terms: object) {
  const path = join(folder, "evaluators.json");
  writeFileSync(path, JSON.stringify({ judge: terms }));
  return readEvaluators(path).get("judge") ?? assert.fail("it was not read");
}

const program = (text: string): object => ({ command: [process.execPath, "-e", text] });

const told = async (terms: object) => judgeOutput(golden({}), "the output", evaluator(terms));

test("a command is asked as JSON, without a shell and without our environment", async () => {
  const echo = `
    let text = "";
    process.stdin.on("data", (chunk) => (text += chunk)).on("end", () => {
      const { prompt, output } = JSON.parse(text);
      const names = Object.keys(process.env).filter((name) => !name.startsWith("__"));
      const why = [prompt, output, names, process.argv.slice(1)].join(" ");
      console.log(JSON.stringify({ isRight: true, why }));
    });`;
  const { command } = program(echo) as { readonly command: readonly string[] };
  const verdict = await told({ command: [...command, "$HOME; true"] });
  assert.deepEqual(verdict, { isRight: true, why: "p the output PATH $HOME; true" });
});

test("whatever fails of a command is no right answer, in bounded time and memory", async () => {
  for (const [terms, why] of [
    [program("process.exit(3)"), /exit code 3/],
    [program('console.log("yes")'), /no JSON/],
    [program('console.log("{}")'), /did not say/],
    [{ ...program("setInterval(() => {}, 1000)"), timeoutMs: 300 }, /ended after 300 ms/],
    [program("for (;;) process.stdout.write('x'.repeat(65536))"), /too much/],
    [{ command: ["/nowhere/at-all"] }, /ENOENT/],
  ] as const) {
    const verdict = await told(terms);
    assert.equal(verdict.isRight, false);
    assert.match(verdict.why, why);
  }
});

test("a webhook says right or wrong, and nothing else counts as right", async (context) => {
  let answer: readonly [status: number, body: string] = [200, '{"isRight":true}'];
  const server = createServer((request, response) => {
    request.resume().on("end", () => response.writeHead(answer[0]).end(answer[1]));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => server.close());
  const webhook = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  assert.equal((await told({ webhook })).isRight, true);
  for (const [status, body, why] of [
    [200, '{"isRight":false,"why":"rude"}', /^rude$/],
    [500, '{"isRight":true}', /status 500/],
    [200, "x".repeat(100_000), /too much/],
  ] as const) {
    answer = [status, body];
    const verdict = await told({ webhook });
    assert.equal(verdict.isRight, false);
    assert.match(verdict.why, why);
  }
});

test("a file of evaluators that is wrong is told by what is wrong with it", () => {
  const path = join(folder, "wrong.json");
  for (const [text, why] of [
    ["{", /is no JSON/],
    ['{"judge":{"command":[]}}', /judge/],
    ['{"judge":{"webhook":"file:///etc/passwd"}}', /judge/],
    ['{"judge":{"shell":"rm"}}', /judge/],
  ] as const) {
    writeFileSync(path, text);
    assert.throws(() => readEvaluators(path), why);
  }
  assert.throws(() => readEvaluators(join(folder, "gone.json")), /FAIRLEAD_EVALUATORS_FILE/);
});
