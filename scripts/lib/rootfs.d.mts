export declare function makeRootfs(directory: string): void;
/** Returns why it could not be made. */
export declare function makeDebianRootfs(directory: string, packages: readonly string[]): string | undefined;
