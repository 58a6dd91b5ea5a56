// A timer's message to the actor that armed it. `name` says which wait ended.

export interface TimerFired<Name extends string> {
  readonly kind: "timer-fired";
  readonly name: Name;
}
