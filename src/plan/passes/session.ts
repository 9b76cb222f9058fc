import { hasUserNamespace, type Pass, type PlanContext, step } from "../context.js";
import { errno, KEY_OTH_SEARCH, KEY_USR_SEARCH } from "../linux.js";
import type { Step } from "../types.js";

export const session: Pass = (context) => [
  step("init", "session", "default:session", { verb: "session.new" }),
  ...keyring(context),
  // A sandboxed host may refuse it; the program then runs where the engine runs, as it always did.
  step("init", "affinity", "default:affinity", { verb: "sched.affinity" }, { tolerate: [errno.EPERM, errno.EINVAL, errno.ENOSYS] }),
];

/** Also for exec, which joins the keyring of that name where its possessor lets it. A kernel without keyrings has no session keyring to leak either. */
export function keyring(context: PlanContext): Step[] {
  if (context.options.noNewKeyring) return [];
  const search = hasUserNamespace(context) ? KEY_OTH_SEARCH : KEY_USR_SEARCH;
  const op = { verb: "keyring.join", name: `_ses.${context.id}`, search } as const;
  const join = step("init", "keyring", "default:keyring", op, { tolerate: [errno.ENOSYS] });
  const label = context.process.selinuxLabel ?? "";
  if (label === "") return [join];
  // Else the program could not use its own session keyring: it would have init's label.
  const keys = (id: string, value: string): Step =>
    step("init", id, "/process/selinuxLabel", { verb: "label.selinux", attribute: "keycreate", label: value });
  return [keys("keyring/label", label), join, keys("keyring/unlabel", "")];
}
