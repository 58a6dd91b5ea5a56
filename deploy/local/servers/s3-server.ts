// A server of S3's protocol in a process of its own, for tests: s3rver, which keeps objects in a folder and computes every
// signature anew. It is no object store for production: it syncs nothing, and believes a body's digest unseen.

import { createRequire } from "node:module";
import { join } from "node:path";
import { freePorts } from "#deploy/local/processes/free-ports.ts";
import { startServers, stopServers } from "./running-server.ts";
import { makeFolder } from "./server-folder.ts";
import { bareEnvironment, loopback } from "./server-options.ts";

export interface S3Server {
  readonly place: {
    readonly endpoint: string;
    readonly bucket: string;
    readonly region: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
  };
  stop(): Promise<void>;
}

const bucket = "artefacts";

/** Objects lie in `folder`. */
export async function startS3Server(folder: string): Promise<S3Server> {
  const [port = 0] = await freePorts(1);
  const data = makeFolder(folder, "s3");
  const words = ["--directory", data, "--address", loopback, "--port", String(port), "--silent"];
  const given = JSON.stringify(["node", "s3rver", ...words, "--configure-bucket", bucket]);
  const server = createRequire(import.meta.url).resolve("@20minutes/s3rver/lib/cli.js");
  const program = `require(${JSON.stringify(server)}).parseAsync(${given})`;
  const members = await startServers([
    {
      command: {
        name: "s3",
        zone: "zone-a",
        port,
        program: process.execPath,
        args: ["--eval", program],
        environment: bareEnvironment,
        workingFolder: "/",
        logFile: join(data, "..", "s3.log"),
        endSignal: "SIGTERM",
        endPatienceMs: 5_000,
        isDetached: false,
      },
      ask: async () => {
        const answer = await fetch(`http://${loopback}:${port}/`);
        await answer.arrayBuffer();
      },
    },
  ]);
  return {
    place: {
      endpoint: `http://${loopback}:${port}`,
      bucket,
      region: "eu-test-1",
      // The one account that it has.
      accessKeyId: "S3RVER",
      secretAccessKey: "S3RVER",
    },
    stop: () => stopServers(members),
  };
}
