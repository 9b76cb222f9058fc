// As addon/core/weak.h: the defences that an attack of test/attack has switched off, in a build that nobody ships. In every other the
// bundler puts `undefined` here, and nothing of a use is left.
type WeakPoint =
  | "container-id"
  | "cgroups-path"
  | "unified-keys"
  | "cgroup-readonly"
  | "sub-cgroup"
  | "wrapped-ids"
  | "inheritable"
  | "state-files"
  | "message-length"
  | "pid-file";
declare const __TSRUNC_WEAK__: { readonly [name in WeakPoint]?: true } | undefined;
