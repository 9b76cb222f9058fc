// Names of mount options that are not handed to the filesystem (survey 2.3). What they mean is the compiler's business.
import { isIdMapOption } from "./mount-id-map.js";

const names =
  "async atime bind defaults dev diratime dirsync exec iversion lazytime loud mand noatime nodev nodiratime noexec noiversion " +
  "nolazytime nomand norelatime nostrictatime nosuid nosymfollow rbind relatime remount ro rw silent strictatime suid symfollow sync " +
  "private rprivate shared rshared slave rslave unbindable runbindable " +
  "rro rrw rnosuid rsuid rnodev rdev rnoexec rexec rnodiratime rdiratime rrelatime rnorelatime rnoatime ratime rstrictatime " +
  "rnostrictatime rnosymfollow rsymfollow " +
  "tmpcopyup copy-symlink";
const known: ReadonlySet<string> = new Set(names.split(" "));

/** True for what goes into the data string of the filesystem: `size=64k`, `newinstance`. */
export function isFilesystemOption(option: string): boolean {
  return !known.has(option) && !isIdMapOption(option);
}
