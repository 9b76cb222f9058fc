// `list`: every container of the root. A damaged entry is reported and does not hide the others (survey 3.7).
import { formatError } from "../errors/format.js";
import type { Native } from "../host/port.js";
import { listIds } from "../store/list.js";
import { type Container, doesNotExist, loadContainer } from "./container.js";
import type { Context } from "./context.js";
import { type ContainerState, describeContainer } from "./state.js";

export function listContainers(context: Context): ContainerState[] {
  const owners = new Map<number, string>();
  return eachContainer(context, (container, uid) => describeContainer(context, container, ownerOf(context.native, uid, owners)));
}

/** The ids of the same containers; what they are doing is not looked at. */
export function listContainerIds(context: Context): string[] {
  return eachContainer(context, ({ state }) => state.id);
}

function eachContainer<T>(context: Context, describe: (container: Container, uid: number) => T): T[] {
  const list: T[] = [];
  for (const { id, uid } of listIds(context.native, context.root)) {
    try {
      list.push(describe(loadContainer(context, id), uid));
    } catch (error) {
      // Without state.json it is being created, or deleted, or left over: no container.
      const line = formatError(error);
      if (line !== doesNotExist().message) context.host.stderr(`load container ${id}: ${line}\n`);
    }
  }
  return list;
}

/** Who made it: the owner of the state directory; `#UID` where the name is not known. */
function ownerOf(native: Native, uid: number, known: Map<number, string>): string {
  let name = known.get(uid);
  // A look-up reads all of /etc/passwd: nearly always all containers are one user's.
  if (name === undefined) known.set(uid, (name = native.username(uid) ?? `#${uid}`));
  return name;
}
