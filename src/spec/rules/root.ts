import { type Rule, mayMount } from "./rule.js";

/** Whether the directory exists, and that it is no symlink, is for the executor to say: it opens it (survey 2.1). */
export const root: Rule = (config, { facts }) => {
  if (config.root === undefined) return { at: "/root", message: "root must be specified" };
  if (config.root.readonly === true && !mayMount(config, facts)) {
    return { at: "/root/readonly", message: "unable to make the root read-only without a private MNT namespace" };
  }
  return undefined;
};
