// DEBUG=tsrunc:* traces to stderr: one line per runtime step, turn of a child, undo. The debug package is loaded only then.
import type { Host } from "../host/port.js";

/** `area`: `step`, `turn`, `undo`, `store`; the namespace is `tsrunc:area`. */
export type Trace = (area: string, line: string) => void;

const noTrace: Trace = () => undefined;

export async function loadTrace(host: Host): Promise<Trace> {
  const wanted = host.env["DEBUG"];
  if (wanted === undefined || wanted === "") return noTrace;
  const { default: createDebug } = await import("debug");
  createDebug.log = (...args: unknown[]) => {
    host.stderr(`${args.map(String).join(" ")}\n`);
  };
  createDebug.enable(wanted);
  const areas = new Map<string, (line: string) => void>();
  return (area, line) => {
    let write = areas.get(area);
    if (write === undefined) {
      write = createDebug(`tsrunc:${area}`);
      areas.set(area, write);
    }
    write(line.replaceAll("%", "%%"));
  };
}
