// Why a command came to nothing: said to the operator as it is, with exit code 1.

export interface FileProblem {
  readonly line: number;
  readonly path: string;
  readonly problem: string;
}

export class CommandFailure extends Error {
  /** What is wrong with a file, if that is the reason. */
  readonly problems: readonly FileProblem[];

  constructor(message: string, problems: readonly FileProblem[] = []) {
    super(message);
    this.name = "CommandFailure";
    this.problems = problems;
  }
}
