// What comes after init's setup in the plan and need not wait for it: the runtime does it while init is at work, and init finds its GO there.
import { accessBits } from "../../cgroup/device-state.js";
import { permits } from "../../cgroup/devices.js";
import type { Mount } from "../../spec/config.js";
import { type MountShape, mountShapes } from "../../spec/mount-shape.js";
import type { PlanContext } from "../context.js";
import { needsStage } from "./stage.js";

/** File systems that are on no device: to mount them takes no right to one. */
const onNoDevice: ReadonlySet<string | undefined> = new Set(["proc", "sysfs", "tmpfs", "devpts", "mqueue", "cgroup", "cgroup2", "overlay"]);

/**
 * Of `run` alone: what `create` saves is "created", for `start` as for anybody who looks, and hooks too may look. A terminal is among the descriptors that
 * are saved, and is made by init.
 */
export function savesBeside(context: PlanContext): boolean {
  const { options, process } = context;
  return options.run === true && process.terminal !== true && !needsStage(context) && !hasCreateHooks(context);
}

/** Whether the rules of devices deny nothing of what init's setup does: it makes nodes, opens /dev/null, and mounts. */
export function sparesSetUp({ deviceRules, config }: PlanContext): boolean {
  // Where they list what is allowed, making any node is.
  if (deviceRules.allowed || !permits(deviceRules, "c", 1, 3, accessBits.r | accessBits.w)) return false;
  const { mounts = [] } = config;
  const { all, odd } = mountShapes(config.mounts);
  return odd.every((index) => (all[index] as MountShape).list.bind || takesNoDevice(mounts[index] as Mount));
}

function takesNoDevice({ type }: Mount): boolean {
  return type === "bind" || onNoDevice.has(type);
}

/** They run before init has its last GO, the runtime's or init's own. */
export function hasCreateHooks({ config: { hooks = {} } }: PlanContext): boolean {
  return (hooks.prestart ?? []).length + (hooks.createRuntime ?? []).length + (hooks.createContainer ?? []).length > 0;
}
