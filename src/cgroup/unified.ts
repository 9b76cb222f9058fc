// linux.resources.unified: files of the container's cgroup v2, by name.
import { TsruncError } from "../errors/errors.js";

export interface UnifiedLine {
  readonly file: string;
  readonly value: string;
  readonly at: string;
}

/** One write for each line of each value, in the order of the config. A name that leaves the cgroup, or whose controller is absent, is refused. */
export function unifiedLines(unified: Readonly<Record<string, string>>, controllers: readonly string[]): UnifiedLine[] {
  return Object.entries(unified).flatMap(([file, value]) => {
    const at = `/linux/resources/unified/${file.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    const problem = nameProblem(file, controllers);
    if (problem !== undefined) throw new TsruncError(`${at}: unified resource ${JSON.stringify(file)} ${problem}`, { at });
    const lines = value.split("\n").filter((line) => line !== "");
    return lines.map((line) => ({ file, value: line, at }));
  });
}

function nameProblem(file: string, controllers: readonly string[]): string | undefined {
  if (__TSRUNC_WEAK__?.["unified-keys"]) return undefined;
  if (file.includes("/")) return "must be a file name (no slashes)";
  const [controller, parameter] = [file.slice(0, file.indexOf(".")), file.slice(file.indexOf(".") + 1)];
  if (!file.includes(".") || controller === "" || parameter === "") return "must be in the form CONTROLLER.PARAMETER";
  // The files of the core and those of pressure stall information need no controller.
  if (controller === "cgroup" || parameter === "pressure" || controllers.includes(controller)) return undefined;
  return `can't be set: controller ${JSON.stringify(controller)} not available`;
}
