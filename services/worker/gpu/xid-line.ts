// XID errors as the driver tells them to the kernel log, the only place that has them: `nvidia-smi --query-gpu` has no field for
// them, and NVML has them as events for whoever is linked to it. The form is that of NVIDIA's Xid documentation
// (docs.nvidia.com/deploy/xid-errors): NVRM: Xid (PCI:0000:10:1c): 63, pid=1896, Row Remapper: …

export interface Xid {
  /** Domain, bus and device, as numbers. */
  readonly place: GpuPlace;
  readonly xid: number;
}

export type GpuPlace = `${number}:${number}:${number}`;

/** From the beginning on: other records quote what users chose, the name of a cgroup or of a mount option. */
const xidLine =
  /^NVRM: Xid \((?:PCI:)?([\da-f]{4,8}):([\da-f]{2}):([\da-f]{2})[^)]*\): (\d{1,3})(?!\d)/i;

/** A record of `/dev/kmsg`: `priority,sequence,microseconds,flags;text`. Only the kernel itself can say one of facility 0. */
export function xidOf(record: string): Xid | undefined {
  const [, priority = "", text = ""] = /^(\d+),[^;]*;([^\n]*)/.exec(record) ?? [];
  if (priority === "" || Number(priority) >> 3 !== 0) return undefined;
  const [, domain, bus, device, xid] = xidLine.exec(text) ?? [];
  if (domain === undefined || bus === undefined || device === undefined) return undefined;
  return { place: placeOf(domain, bus, device), xid: Number(xid) };
}

/** `00000000:10:1C.0`, as nvidia-smi has it. */
export function placeOfBusId(busId: string): GpuPlace | undefined {
  const [, domain, bus, device] =
    /^([\da-f]{4,8}):([\da-f]{2}):([\da-f]{2})\.[\da-f]$/i.exec(busId) ?? [];
  if (domain === undefined || bus === undefined || device === undefined) return undefined;
  return placeOf(domain, bus, device);
}

const placeOf = (domain: string, bus: string, device: string): GpuPlace =>
  `${Number.parseInt(domain, 16)}:${Number.parseInt(bus, 16)}:${Number.parseInt(device, 16)}`;

/**
 * After these the GPU computes nothing right before it is reset, or its node is rebooted: stopped processing (46), an
 * uncorrectable memory error (48), micro-controller halts (62), a failed page retirement or row remap (64), NVLink (74), fallen
 * off the bus (79), uncontained memory errors (95), the GPU's own processor (119, 120). NVIDIA's Xid catalogue has the action
 * for each; all others end a process at most, which its driver hears of anyway: they are counted.
 */
const critical: ReadonlySet<number> = new Set([46, 48, 62, 64, 74, 79, 95, 119, 120]);

export const isCritical = (xid: number): boolean => critical.has(xid);
