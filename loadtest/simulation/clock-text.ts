/** World time as people read it: `mm:ss.mmm`. */
export function clockText(ms: number): string {
  const whole = Math.floor(ms);
  const minutes = String(Math.floor(whole / 60_000)).padStart(2, "0");
  const seconds = ((whole % 60_000) / 1000).toFixed(3).padStart(6, "0");
  return `${minutes}:${seconds}`;
}
