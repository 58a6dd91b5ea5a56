// What a process's new databases begin from: `initdb`, or a template, which is a tar of what `initdb` left once. The same
// database, without the seconds of processor time that each `initdb` takes. For processes that make many: those of tests.

let used: string | undefined;

export function useTemplate(file: string | undefined): void {
  used = file;
}

export const templateInUse = (): string | undefined => used;
