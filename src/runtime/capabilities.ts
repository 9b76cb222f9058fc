// What a config.json asks for and the container does not get: a warning for the log file, and no error (config.md, "capabilities").
import { capabilityList, capabilityMasks, ignoredCapabilities } from "../plan/capabilities.js";
import type { Config } from "../spec/config.js";
import { hasNamespace } from "../spec/rules/rule.js";
import type { Context } from "./context.js";

/** After the container was made: a log that engines parse as one object holds nothing but the error of a command that fails. */
export function warnOfCapabilities({ native, log }: Context, config: Config, lastCap: number): void {
  if (!log.toFile) return;
  const wanted = config.process?.capabilities;
  const unknown = ignoredCapabilities(wanted, lastCap);
  if (unknown.length > 0) log.warn(`ignoring unknown or unavailable capabilities: ${unknown.join(", ")}`);
  // A new user namespace has all of them.
  if (wanted === undefined || hasNamespace(config, "user")) return;
  const { effective, permitted } = capabilityMasks(wanted, lastCap);
  const missing = (BigInt(effective) | BigInt(permitted)) & ~ownCapabilities(native.readText("/proc/self/status"));
  if (missing !== 0n) log.warn(`ignoring capabilities that the runtime does not have: ${capabilityList(missing).join(", ")}`);
}

/** CapPrm of proc_pid_status(5). */
function ownCapabilities(status: string): bigint {
  const [, hex = "0"] = /^CapPrm:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  return BigInt(`0x${hex}`);
}
