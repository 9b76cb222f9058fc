import type { Mount } from "../config.js";
import { eachOddMount, type MountShape } from "../mount-shape.js";
import { type Finding, type Rule, mayMount, quoted } from "./rule.js";

export const mounts: Rule = (config, { facts }) => {
  if ((config.mounts?.length ?? 0) > 0 && !mayMount(config, facts)) {
    return { at: "/mounts", message: "unable to mount without a private MNT namespace: the host's does not belong to the user namespace" };
  }
  return eachOddMount(config.mounts, check);
};

function check(mount: Mount, at: string, { target, list }: MountShape): Finding | undefined {
  if (target === "/") {
    // It would cover what init still needs, and the container would see neither (runc#5070).
    const message = `mountpoint ${quoted(mount.destination)} is on the top of rootfs`;
    return { at: `${at}/destination`, message, hint: "what lies at / is chosen by root.path" };
  }
  const { bind, options } = list;
  if (!bind && (mount.type ?? "") === "" && !list.remount) {
    return { at, message: "a mount needs a type, unless its options have bind, rbind or remount" };
  }
  const link = bind ? options.findIndex((option) => option === "src-nofollow" || option === "dest-nofollow") : -1;
  if (link >= 0) {
    // Ignored, as other unknown options of a bind are, it would mount another object than the one that was meant.
    return {
      at: `${at}/options/${link}`,
      message: `${options[link]} is not supported by this version of tsrunc (mounts of symbolic links)`,
    };
  }
  const copyUp = options.indexOf("tmpcopyup");
  if (copyUp >= 0 && (bind || mount.type !== "tmpfs")) {
    return { at: `${at}/options/${copyUp}`, message: "tmpcopyup is possible only for tmpfs" };
  }
  return undefined;
}
