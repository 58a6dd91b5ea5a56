// In development a message is frozen on its way, so that an actor that writes into what it sent or received
// throws at once instead of corrupting another.

export function freezeMessage(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  // Bytes cannot be frozen; what is frozen already was frozen whole.
  if (ArrayBuffer.isView(value) || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const part of Object.values(value)) freezeMessage(part);
}
