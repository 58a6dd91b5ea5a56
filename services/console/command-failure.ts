// Why a command came to nothing, in words for people and as data for programs.

export interface FileProblem {
  readonly line: number;
  readonly path: string;
  readonly problem: string;
}

interface FailureFacts {
  /** The admin API's own, or one of `unreachable`, `not_admin_api`, `unreadable_file`, `wrong_operand`. */
  readonly code: string;
  /** What is wrong with a file, if that is the reason. */
  readonly problems?: readonly FileProblem[];
  /** Whose problems they are. */
  readonly file?: string;
}

export class CommandFailure extends Error {
  readonly code: string;
  readonly problems: readonly FileProblem[];
  readonly #file: string;

  constructor(message: string, { code, problems = [], file = "" }: FailureFacts) {
    super(message);
    this.name = "CommandFailure";
    this.code = code;
    this.problems = problems;
    this.#file = file;
  }

  /** The same failure, of this file. */
  of(file: string): CommandFailure {
    return new CommandFailure(this.message, { code: this.code, problems: this.problems, file });
  }

  text(): string {
    const lines = this.problems.map(
      ({ line, path, problem }) =>
        `${this.#file}:${line}: ${path === "" ? "" : `${path}: `}${problem}`,
    );
    return [this.message, ...lines].join("\n");
  }

  /** As the admin API says it. */
  error(): Readonly<Record<string, unknown>> {
    const { code, message, problems } = this;
    return { code, message, ...(problems.length === 0 ? {} : { problems }) };
  }
}

export const wrongOperand = (message: string): CommandFailure =>
  new CommandFailure(message, { code: "wrong_operand" });
