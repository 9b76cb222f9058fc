import { type Finding, type Rule, eachItem } from "./rule.js";

// makedev(3): Linux packs a device number into 12 + 20 bits; larger ones would name another device.
const highest = { major: 0xfff, minor: 0xfffff } as const;
const noId = 0xffffffff;

export const devices: Rule = ({ linux }) =>
  eachItem(linux?.devices, "/linux/devices", (device, at): Finding | undefined => {
    if (!device.path.startsWith("/"))
      return { at: `${at}/path`, message: `device path must be absolute, not ${JSON.stringify(device.path)}` };
    for (const id of ["uid", "gid"] as const) {
      if (device[id] === noId) return { at: `${at}/${id}`, message: `invalid ${id} ${noId}: chown(2) takes it for "leave unchanged"` };
    }
    if (device.type === "p") return undefined;
    for (const part of ["major", "minor"] as const) {
      const value = device[part] ?? 0;
      if (value < 0 || value > highest[part]) {
        return { at: `${at}/${part}`, message: `invalid ${part} device number ${value}: must be from 0 to ${highest[part]}` };
      }
    }
    return undefined;
  });
