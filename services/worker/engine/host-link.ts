// How fast bytes move between a GPU and its host's memory: what loads of adapters and swaps of KV share.

/** PCIe 5 x16 as it is reached; 64 GB/s at its peak. */
const alone = 50e6;
/** Four GPUs that share a host's memory and switches halve it, eight quarter it. */
const gpusAtFullSpeed = 2;

export const hostBytesPerMs = (gpusPerHost: number = 1): number =>
  alone / Math.max(1, gpusPerHost / gpusAtFullSpeed);
