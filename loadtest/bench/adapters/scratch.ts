import { adapterRequests, adapterSet } from "./adapter-load.ts";
import { measureAdapters } from "./measure.ts";
const o = Object.fromEntries(process.argv.slice(2).map((a) => a.split("=")));
const { reps = 8, s = 15, adapters = 500, slots = 16, out = 256, ram = 0, ranks = "sum", ttft = 2000, warm = 0.33, drift = 0.2, perRank = 5.24e6, tenants = 32 } = o;
const set = adapterSet({ adapters: +adapters, tenants: +tenants, bytesPerRank: +perRank });
for (const rate of (o.rate ?? "100").split(",")) for (const placement of (o.pl ?? "random-at-arrival,random,least-work,homes").split(",")) for (const eviction of (o.ev ?? "lru").split(",")) {
  const n = Math.round(+rate * +s);
  const requests = adapterRequests({ set, alpha: 1, perS: +rate, requests: n, seed: 1, promptTokens: [8, 512], outputTokens: [8, +out], driftPart: +drift });
  const t = Date.now();
  const engine = { kind: "simulated", profile: "llama3_8b/tp1/bfloat16", gpus: 1, timeScale: 1, sequencesMax: 256, stepTokensMax: 1024, kvBlockTokens: 16, kvBlocks: 17000, adapterSlots: +slots, adapterRanks: ranks } as const;
  const { notes, ...f } = measureAdapters(requests, { eviction, placement }, { fleet: { replicas: +reps, tenants: +tenants, engine, set, hostBytesMax: +ram > 0 ? +ram * 1e9 : 1e12, areInHostMemory: true }, targets: { ttftMs: +ttft, tpotMs: 50 }, countedFrom: Math.floor(n * +warm) });
  console.log(rate, placement, eviction, Object.values(f).map((v) => Math.round(v * 1000) / 1000).join(" "), "wall", Date.now() - t, JSON.stringify(Object.fromEntries([...notes].filter(([k]) => /adapter\.(ev|load|thr|pre|fail)|pin-ref|gap|refus|preempted/.test(k)))));
}
