// `state`: what engines and people ask a container for (survey 3.7).
import { stringifyJson } from "../spec/json.js";
import type { Status } from "../store/state.js";
import { type Container, loadContainer, statusOf } from "./container.js";
import type { Context } from "./context.js";

export interface ContainerState {
  readonly ociVersion: string;
  readonly id: string;
  /** In our pid namespace; 0 when stopped. */
  readonly pid: number;
  readonly status: Status;
  readonly bundle: string;
  readonly rootfs: string;
  readonly created: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly owner: string;
}

export function describeContainer(context: Context, container: Container, owner: string): ContainerState {
  const { state } = container;
  const status = statusOf(context.native, container);
  const { annotations } = state.summary;
  return {
    ociVersion: state.ociVersion,
    id: state.id,
    pid: status === "stopped" ? 0 : state.pid,
    status,
    bundle: state.bundle,
    rootfs: state.rootfs,
    created: state.created,
    ...(annotations === undefined ? {} : { annotations }),
    owner,
  };
}

/** JSON, two spaces deep, without a newline at its end. */
export function containerState(context: Context, id: string): string {
  return stringifyJson(describeContainer(context, loadContainer(context, id), ""), 2);
}
