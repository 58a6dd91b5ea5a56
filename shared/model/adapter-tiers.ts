// Where an adapter's bytes may be, and how long it takes to have them in a GPU slot from there. One table, for whoever
// decides and for whoever simulates; the law is that each tier is dearer than the one above it.

/** From the fastest: in a slot, in pinned host memory, on the host's disk, in the object store. */
export type AdapterTier = "slot" | "host" | "disk" | "store";

/** PCIe 5 x16 as it is reached; 64 GB/s at its peak. Four GPUs that share a host's memory and switches halve it, eight quarter it. */
const linkBytesPerMs = 50e6;
const gpusAtFullSpeed = 2;

export const hostBytesPerMs = (gpusPerHost: number = 1): number =>
  linkBytesPerMs / Math.max(1, gpusPerHost / gpusAtFullSpeed);

interface Stage {
  readonly fixedMs: number;
  readonly bytesPerMs: number;
}

/** Parse and pin. Published loads take 8–40 s on old stacks (vllm#5564, aibrix#1886); one second plus half a gigabyte per second is an assumption for a local NVMe drive and a format that needs no conversion. */
const fromDisk: Stage = { fixedMs: 1000, bytesPerMs: 0.5e6 };
/** Amazon S3's guidelines: 100–200 ms to the first byte, 85–90 MB/s a connection; eight ranges at once are assumed. */
const fromStore: Stage = { fixedMs: 200, bytesPerMs: 0.7e6 };
/** The copy over the link, besides its bytes: assumed. */
const linkFixedMs = 2;

const stageUs = ({ fixedMs, bytesPerMs }: Stage, bytes: number): number =>
  Math.round((fixedMs + bytes / bytesPerMs) * 1000);

/** Each tier goes through those above it. */
export function adapterLoadUs(bytes: number, tier: AdapterTier, gpusPerHost?: number): number {
  if (tier === "slot") return 0;
  const link = { fixedMs: linkFixedMs, bytesPerMs: hostBytesPerMs(gpusPerHost) };
  const linkUs = stageUs(link, bytes);
  if (tier === "host") return linkUs;
  const diskUs = linkUs + stageUs(fromDisk, bytes);
  return tier === "disk" ? diskUs : diskUs + stageUs(fromStore, bytes);
}
