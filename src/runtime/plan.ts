// `plan`: what create would do, and nothing of it done. It needs neither root nor a rootfs.
import { renderJson, renderText } from "../plan/render.js";
import { type BundleOptions, loadBundle } from "./bundle.js";
import type { Context } from "./context.js";

export function planBundle(context: Context, options: BundleOptions, json: boolean): string {
  const { plan } = loadBundle(context, options, true);
  return json ? renderJson(plan) : renderText(plan);
}
