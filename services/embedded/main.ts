// `npm start`: the whole platform on loopback, until SIGTERM or SIGINT drains it.

import { processName } from "./begin-house.ts";
import { help, readCommandLine } from "./command-line.ts";
import { readEmbeddedConfig, unknownEmbeddedSettings } from "./config.ts";
import { endProcess } from "#shared/config/end-process.ts";
import { isEmpty, proofLine } from "#services/fleet/drain-proof.ts";
import { onEndSignals } from "#services/fleet/end-signals.ts";
import { startPlatform } from "./platform.ts";
import { readyLine } from "./ready-line.ts";

const say = (text: string): void => console.error(text);

function fail(error: unknown): number {
  say(`fairlead: ${error instanceof Error ? error.message : String(error)}`);
  return 1;
}

const who = { role: "embedded", process: processName, zone: "embedded" };

async function main(): Promise<void> {
  for (const name of unknownEmbeddedSettings(process.env))
    say(`fairlead: there is no setting ${name}`);
  const config = readEmbeddedConfig(process.env);
  const platform = await startPlatform(config, process.env);
  const signal = onEndSignals({
    drain: () => {
      const patienceS = config.drainPatienceMs / 1000;
      say(`fairlead: draining ${platform.openCalls()} open calls, up to ${patienceS} s`);
      return platform
        .drain()
        .then(() => 0, fail)
        .then((code) => {
          const proof = platform.proof();
          console.log(proofLine(who, proof));
          return proof !== undefined && isEmpty(proof) ? code : 1;
        });
    },
    say,
    end: endProcess,
    exit: (code) => process.exit(code),
    nowMs: () => performance.now(),
  });
  process.on("SIGTERM", signal);
  process.on("SIGINT", signal);
  console.log(readyLine(config, platform));
}

const asked = readCommandLine(process.argv.slice(2));
if (asked.kind === "help") console.log(help);
else if (asked.kind === "mistake") {
  say(`fairlead: ${asked.why}. See npm start -- --help`);
  process.exitCode = 2;
} else main().catch((error: unknown) => endProcess(fail(error)));
