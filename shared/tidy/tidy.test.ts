import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { actorClosure, closureViolations } from "./actor-closure.ts";
import { importSpecifiers, walkSource } from "./import-specifiers.ts";
import { layerViolations } from "./layers.ts";
import { messageViolations } from "./message-files.ts";
import { lengthViolations, nameViolations } from "./names.ts";
import { serviceViolations } from "./service-folders.ts";
import { listFiles, readSources, repositoryRoot } from "./source-tree.ts";

const paths = listFiles();
const sources = readSources(paths);

test("the house keeps its own rules", () => {
  const violations = [
    ...nameViolations(paths),
    ...lengthViolations(sources),
    ...layerViolations(sources),
    ...closureViolations(sources),
    ...messageViolations(sources),
    ...serviceViolations(sources),
  ];
  assert.deepEqual(violations, []);
});

test("imports are found where they are, and only there", () => {
  const text = [
    'import { a } from "./a.ts";',
    'import type { B } from "#shared/b.ts";',
    'import "./side-effect.ts";',
    'export { c } from "./c.ts";',
    'const lazy = () => import("node:fs");',
    '// import { no } from "./comment.ts"',
    "const text = 'import { no } from \"./string.ts\"';",
  ].join("\n");
  assert.deepEqual(importSpecifiers(text), [
    "./a.ts",
    "#shared/b.ts",
    "./side-effect.ts",
    "./c.ts",
    "node:fs",
  ]);
});

test("code is what is left without strings, patterns and comments, and what templates interpolate", () => {
  const text = [
    'const quote = /["/]/; // Date',
    "const told = `at ${`${now()}` + { a: 1 }.a} Date`; /* Date */",
    "const half = total / 2;",
  ].join("\n");
  const { code } = walkSource(text);
  assert.match(code, /now\(\)/);
  assert.match(code, /\.a/);
  assert.match(code, /total \/ 2;/);
  assert.doesNotMatch(code, /Date|at /);
});

test("an actor's handlers and concepts are held to the actor's law", () => {
  const closure = actorClosure(sources);
  for (const path of ["services/router/grant.ts", "shared/actor/assert.ts"]) {
    assert.ok(closure.has(path), path);
  }
  assert.ok(![...closure.keys()].some((path) => /\.(test|cases)\.ts$/.test(path)));
  const planted = [
    "const at = Date.now();",
    "const luck = Math.random();",
    "const { random } = Math;",
    'import { readFileSync } from "node:fs";',
    'import type { Bus } from "#shared/bus/msgpackr-envelope.ts";',
    'import { stamp } from "msgpackr";',
    "const wait = setTimeout(go, 5);",
    "const told = `at ${performance.now()}`;",
    "const home = process.env;",
    "const far = fetch(url);",
    "console.log(1);",
    "const id = crypto.randomUUID();",
    "export async function later(): unknown {}",
    "const late = globalThis.setInterval;",
    "queueMicrotask(go);",
    "setImmediate(go);",
    'const lazy = import("./x.ts");',
  ];
  for (const line of planted) {
    const files = sources.map(({ path, text }) =>
      path === "services/router/grant.ts" ? { path, text: `${text}\n${line}\n` } : { path, text },
    );
    assert.equal(closureViolations(files).length, 1, line);
  }
  const harmless = '// Date.now()\nconst word = "Math.random()";\nconst own = clock.performance;\n';
  const files = [{ path: "services/router/x.actor.ts", text: harmless }];
  assert.deepEqual(closureViolations(files), []);
});

test("a planted layer violation is caught", () => {
  const planted = [
    ["services/router/router.actor.ts", 'import { x } from "node:fs";'],
    ["services/router/pick-next.ts", 'import { x } from "#services/edge/admit.ts";'],
    ["services/router/pick-next.ts", 'import { x } from "../edge/admit.ts";'],
    ["services/edge/session.actor.ts", 'import { x } from "#shared/bus/msgpackr-envelope.ts";'],
    ["shared/model/cost.ts", 'import { x } from "#shared/actor/actor.ts";'],
    ["shared/messages/to-router.ts", 'import { x } from "#shared/sim/network.ts";'],
    ["shared/sim/network.ts", 'import { x } from "#services/edge/admit.ts";'],
    ["services/registry/registry-store.ts", 'import { x } from "@electric-sql/pglite";'],
  ] as const;
  for (const [path, text] of planted) {
    assert.equal(layerViolations([{ path, text }]).length, 1, `${path}: ${text}`);
  }
});

test("a folder of a service reaches another of its own through the door", () => {
  const text = 'import { x } from "#services/edge/admit.ts";';
  assert.deepEqual(layerViolations([{ path: "services/edge/http/http-api.ts", text }]), []);
});

test("a planted name is caught", () => {
  for (const path of [
    "src/edge.ts",
    "shared/helpers/x.ts",
    "services/edge/utils.ts",
    "services/edge/HttpApi.ts",
    "shared/model/types.ts",
    "docs/x.md",
  ]) {
    assert.notEqual(nameViolations([path]).length, 0, path);
  }
  const long = { path: "services/edge/long.ts", text: "\n".repeat(401) };
  assert.equal(lengthViolations([long]).length, 1);
});

test("a message without receiver, row or comment is caught", () => {
  const text = 'export interface Knock {\n  readonly kind: "knock";\n  readonly door: string;\n}\n';
  const violations = messageViolations([{ path: "shared/messages/to-door.ts", text }]);
  assert.equal(violations.length, 3);
});

test("a service without README, and a main that is clever, are caught", () => {
  const violations = serviceViolations([{ path: "services/new/main.ts", text: "\n".repeat(61) }]);
  assert.equal(violations.length, 2);
});

test("every file and folder that README links or names by its path exists", () => {
  const readme = readFileSync(join(repositoryRoot, "README.md"), "utf8");
  const named = [
    ...readme.matchAll(/\]\(([^)#]+)\)|`((?:services|shared|loadtest|deploy|proto)\/[^`\s]+)`/g),
  ]
    .map(([, linked, quoted]) => linked ?? quoted ?? "")
    .filter((path) => !path.startsWith("http"));
  assert.ok(named.length > 10);
  assert.deepEqual(
    named.filter((path) => !existsSync(join(repositoryRoot, path))),
    [],
  );
});

test("the linter catches each planted violation", () => {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-planted-"));
  try {
    for (const name of [".oxlintrc.json", "tsconfig.json", "package.json"]) {
      copyFileSync(join(repositoryRoot, name), join(folder, name));
    }
    symlinkSync(join(repositoryRoot, "node_modules"), join(folder, "node_modules"));
    const plantedFolder = join(repositoryRoot, "shared", "tidy", "planted");
    mkdirSync(join(folder, "shared"));
    const expected = readdirSync(plantedFolder)
      .filter((name) => name.endsWith(".txt"))
      .map((name) => {
        const text = readFileSync(join(plantedFolder, name), "utf8");
        const file = `${name.slice(0, -".txt".length)}.ts`;
        writeFileSync(join(folder, "shared", file), text);
        return { file, rule: /^\/\/ catches: (\S+)/.exec(text)?.[1] ?? "no rule named" };
      });
    const oxlint = join(repositoryRoot, "node_modules", ".bin", "oxlint");
    const { stdout } = spawnSync(oxlint, ["--format", "unix"], { cwd: folder, encoding: "utf8" });
    for (const { file, rule } of expected) {
      const isCaught = stdout
        .split("\n")
        .some((line) => line.includes(file) && line.includes(rule));
      assert.ok(isCaught, `${rule} was not reported for ${file}:\n${stdout}`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
