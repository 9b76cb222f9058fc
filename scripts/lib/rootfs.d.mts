export declare function makeRootfs(directory: string): void;
