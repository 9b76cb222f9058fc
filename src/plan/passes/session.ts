import { type Pass, type PlanContext, step } from "../context.js";
import { errno } from "../linux.js";
import type { Step } from "../types.js";

export const session: Pass = (context) => [
  step("init", "session", "default:session", { verb: "session.new" }),
  ...keyring(context),
  // A sandboxed host may refuse it; the program then runs where the engine runs, as it always did.
  step("init", "affinity", "default:affinity", { verb: "sched.affinity" }, { tolerate: [errno.EPERM, errno.EINVAL, errno.ENOSYS] }),
];

/** A kernel without keyrings has no session keyring to leak either. */
function keyring({ id, options }: PlanContext): Step[] {
  if (options.noNewKeyring) return [];
  return [step("init", "keyring", "default:keyring", { verb: "keyring.join", name: `_ses.${id}` }, { tolerate: [errno.ENOSYS] })];
}
