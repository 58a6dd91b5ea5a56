// The bare engine as a process: the simulated engine behind OpenAI's HTTP, and nothing else.

import { endProcess } from "#shared/config/end-process.ts";
import { help, readBareCommandLine } from "./bare-command-line.ts";
import { startBareEngine } from "./bare-engine.ts";

async function main(): Promise<void> {
  const wish = readBareCommandLine(process.argv.slice(2));
  if (wish === undefined) {
    console.log(help);
    return;
  }
  const engine = await startBareEngine(wish);
  const end = (): void => void engine.close().then(() => endProcess(0));
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
  console.log(`ready http://127.0.0.1:${engine.port} profile=${wish.spec.profile}`);
}

main().catch((error: unknown) => {
  console.error(`bare engine: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
});
