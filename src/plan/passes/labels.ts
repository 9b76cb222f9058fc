// What a security module is to make of the program: written by init for its own next execve, while a procfs of its own can be had.
// Hooks of startContainer run with it too, as under runc.
import { type Pass, step } from "../context.js";

export const execLabels: Pass = ({ process: { apparmorProfile = "", selinuxLabel = "" }, facts }) => [
  // Without AppArmor "unconfined" is what there is; with it, the word takes a confinement off that the runtime has.
  ...(apparmorProfile !== "" && facts.apparmor
    ? [step("init", "apparmor", "/process/apparmorProfile", { verb: "label.apparmor", profile: apparmorProfile })]
    : []),
  ...(selinuxLabel === ""
    ? []
    : [step("init", "selinux", "/process/selinuxLabel", { verb: "label.selinux", attribute: "exec", label: selinuxLabel })]),
];
