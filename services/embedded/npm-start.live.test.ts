import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { chatPrompt, legalText } from "./legal-text.cases.ts";

// The README's first command as a user types it, and what the README shows next.

interface Started {
  readonly npm: ChildProcess;
  readonly readyLine: string;
  readonly httpUrl: string;
  readonly adminUrl: string;
}

function npmStart(context: TestContext, dataDirectory: string): Promise<Started> {
  const npm = spawn("npm", ["start"], {
    env: {
      ...process.env,
      FAIRLEAD_HTTP_PORT: "0",
      FAIRLEAD_GRPC_PORT: "0",
      FAIRLEAD_ADMIN_PORT: "0",
      FAIRLEAD_DATA_DIRECTORY: dataDirectory,
    },
    // Its own group, so that whatever fails, nothing of it is left.
    detached: true,
  });
  context.after(() => {
    if (npm.pid !== undefined && npm.exitCode === null) process.kill(-npm.pid, "SIGKILL");
  });
  return new Promise((resolve, reject) => {
    let output = "";
    let errors = "";
    npm.stderr.on("data", (chunk: Buffer) => {
      errors += chunk.toString();
    });
    npm.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      const readyLine = output.split("\n").find((line) => line.startsWith("fairlead ready"));
      if (readyLine === undefined) return;
      const [httpUrl = "", adminUrl = ""] = readyLine.match(/http:\/\/[0-9.:]+/g) ?? [];
      resolve({ npm, readyLine, httpUrl, adminUrl });
    });
    npm.once("exit", (code) => reject(new Error(`npm start ended with ${code}:\n${errors}`)));
  });
}

function stop({ npm }: Started): Promise<number | null> {
  return new Promise((resolve) => {
    npm.removeAllListeners("exit");
    npm.once("exit", resolve);
    npm.kill("SIGTERM");
  });
}

function runModule(source: string): Promise<string> {
  const node = spawn(process.execPath, ["--input-type=module", "--eval", source]);
  return new Promise((resolve, reject) => {
    let output = "";
    node.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
    node.stderr.pipe(process.stderr);
    node.once("error", reject);
    node.once("exit", () => resolve(output));
  });
}

test("npm start serves what README shows, SIGTERM ends it with 0, and a restart forgets no usage", async (context) => {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-start-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const first = await npmStart(context, join(folder, "data"));
  for (const key of ["fl-demo-acme", "fl-demo-bolt", "fl-demo-corner"]) {
    assert.ok(first.readyLine.includes(key), first.readyLine);
  }
  const readme = readFileSync("README.md", "utf8");
  const example = /```js\n(.*?)```/s.exec(readme)?.[1] ?? assert.fail("README has no example");
  const text = await runModule(example.replace("http://127.0.0.1:8080", first.httpUrl));
  const prompt = chatPrompt("Hello");
  assert.equal(text, legalText({ tenant: "acme", prompt, outputTokensMax: 512 }));
  assert.ok(readme.includes(text.slice(0, 24)), "README quotes the answer");
  assert.equal(await stop(first), 0);

  const second = await npmStart(context, join(folder, "data"));
  const answer = await fetch(`${second.adminUrl}/admin/v1/usage?tenant=acme`);
  const { totals } = (await answer.json()) as { totals: Readonly<Record<string, number>> };
  assert.equal(totals["settledRequests"], 1);
  assert.equal(totals["outputTokens"], text.length / 4);
  assert.equal(await stop(second), 0);
});
