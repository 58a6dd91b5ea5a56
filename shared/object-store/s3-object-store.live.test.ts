import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { after, test } from "node:test";
import { startS3Server } from "#deploy/local/servers/s3-server.ts";
import { bytesOf, inPieces, isFault, objectStoreCases, sha256 } from "./object-store.cases.ts";
import { s3ObjectStore } from "./s3-object-store.ts";

// Against s3rver, a server of S3's protocol in a process of its own, which computes every signature anew.

const folder = mkdtempSync(join(tmpdir(), "fairlead-s3-"));
const server = await startS3Server(folder);
after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const place = { ...server.place, patienceMs: 2_000, prefix: "adapters/" };

const filesOf = (digest: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.includes(digest),
  );

objectStoreCases("S3", async () => ({
  // Parts of 5 MiB: what is larger goes up in several.
  store: s3ObjectStore({ ...place, partBytes: 5 * 1024 ** 2 }),
  replace: (digest, bytes) => {
    const name = filesOf(digest).find((file) => file.endsWith("_object"));
    assert.ok(name !== undefined, filesOf(digest).join());
    writeFileSync(join(folder, name), bytes);
  },
  names: () =>
    readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
      /_object$|uploads.*part/.test(name),
    ),
}));

const sample = randomBytes(1_000);
const put = () => ({ digest: sha256(sample), bytes: sample.length, body: inPieces(sample) });

test("a wrong key, and a right one with a wrong secret, are denied: signatures are checked", async () => {
  for (const wrong of [{ accessKeyId: "NOBODY" }, { secretAccessKey: "not the secret" }]) {
    const store = s3ObjectStore({ ...place, ...wrong });
    await assert.rejects(store.put(put()), isFault("denied"));
    await assert.rejects(store.get(sha256(sample)), isFault("denied"));
    await assert.rejects(store.delete(sha256(sample)), isFault("denied"));
  }
});

test("a bucket that is not there is a store that is down, not an object that is missing", async () => {
  const store = s3ObjectStore({ ...place, bucket: "no-such-bucket" });
  await assert.rejects(store.get(sha256(sample)), isFault("down"));
});

test("two keys for one digest: under each prefix an object of its own", async () => {
  const [one, other] = ["one/", "other/"].map((prefix) => s3ObjectStore({ ...place, prefix }));
  await one?.put(put());
  assert.equal(await other?.head(sha256(sample)), undefined);
  assert.deepEqual(await one?.head(sha256(sample)), { bytes: sample.length });
});

async function badServer(context: TestContext, answer: RequestListener) {
  const bad = createServer(answer);
  await new Promise<void>((resolve) => {
    bad.listen(0, "127.0.0.1", resolve);
  });
  context.after(() => {
    bad.closeAllConnections();
    bad.close();
  });
  const { port } = bad.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}`;
  return s3ObjectStore({ ...place, endpoint, patienceMs: 200 });
}

test("nobody there is down", async () => {
  const store = s3ObjectStore({ ...place, endpoint: "http://127.0.0.1:1", patienceMs: 500 });
  await assert.rejects(store.put(put()), isFault("down"));
  await assert.rejects(store.head(sha256(sample)), isFault("down"));
});

test("one that does not answer is slow, and so is one that stops in the middle of a body", async (context) => {
  const mute = await badServer(context, () => undefined);
  await assert.rejects(mute.head(sha256(sample)), isFault("slow"));
  await assert.rejects(mute.put(put()), isFault("slow"));
  const halting = await badServer(context, (_, response) => {
    response.writeHead(200, { "content-length": String(sample.length) });
    response.write(sample.subarray(0, 10));
  });
  const { body } = await halting.get(sha256(sample));
  await assert.rejects(bytesOf(body), isFault("slow"));
});

test("one that fails is down, one that hangs up in a body is not read as whole", async (context) => {
  const failing = await badServer(context, (_, response) => {
    response.writeHead(503).end("<Error><Code>SlowDown</Code></Error>");
  });
  await assert.rejects(failing.get(sha256(sample)), isFault("down"));
  const leaving = await badServer(context, (_, response) => {
    response.writeHead(200, { "content-length": String(sample.length) });
    response.write(sample.subarray(0, 10), () => response.destroy());
  });
  await assert.rejects(
    leaving.get(sha256(sample)).then(({ body }) => bytesOf(body)),
    isFault("down"),
  );
});

test("one that talks without end is not listened to", async (context) => {
  const rambling = await badServer(context, (incoming, response) => {
    const talk = (): void => {
      while (response.write("<".repeat(65_536)));
      response.once("drain", talk);
    };
    if (incoming.method === "HEAD") {
      response.writeHead(404).end();
    } else {
      response.writeHead(200);
      talk();
    }
  });
  // Large enough for an upload in parts, whose first answer names it.
  const large = randomBytes(9 * 1024 ** 2);
  const parted = { digest: sha256(large), bytes: large.length, body: inPieces(large) };
  await assert.rejects(rambling.put(parted), isFault("down"));
});
