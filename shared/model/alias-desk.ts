// Aliases as an operator sets them by command, beside the fleet file: what may be asked, and why it is not done.

export interface AliasWish {
  /** Empty: every tenant's that has none of its own. */
  readonly tenant: string;
  readonly name: string;
  /** Undefined: it is taken back. */
  readonly target: string | undefined;
}

export type AliasRefusal =
  | "no-fleet"
  | "unknown-tenant"
  | "unknown-alias"
  | "unknown-target"
  | "forbidden-target"
  | "alias-of-alias"
  | "hides-model"
  | "too-many";

export interface ListedAlias {
  readonly name: string;
  readonly target: string;
  /** Absent: every tenant's that has none of its own. */
  readonly tenants?: readonly string[];
  /** Of the fleet file, or set by command: that goes before the file's. */
  readonly source: "file" | "command";
}

export interface AliasDesk {
  setAlias(
    wish: AliasWish,
    actor: string,
  ): Promise<{ readonly version: number; readonly isChanged: boolean } | AliasRefusal>;
  aliases(): Promise<readonly ListedAlias[]>;
}
