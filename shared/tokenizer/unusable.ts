/** A tokenizer's file cannot be used. The message goes on from the file's name and says what is wrong with it. */
export class Unusable extends Error {
  override readonly name = "Unusable";
}
