// What the decoder insists on, per message kind. A field added to a message and forgotten here does not compile.

export type FieldType = "string" | "number" | "boolean" | "bytes" | "array" | "object";
/** A trailing `?` marks a field that may be absent. */
export type FieldRule = FieldType | `${FieldType}?`;

export type Fields<Message extends { readonly kind: string }> = {
  readonly [Kind in Message["kind"]]: {
    readonly [Field in Exclude<keyof Extract<Message, { kind: Kind }>, "kind">]-?: FieldRule;
  };
};
