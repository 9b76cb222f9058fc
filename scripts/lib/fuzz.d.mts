export function buildNativeFuzzer(where: { readonly root: string; readonly out: string }): Promise<string>;
export function findFuzzingCompiler(): string | undefined;
export const noFuzzingCompiler: string;
export const nativeTargets: readonly string[];
