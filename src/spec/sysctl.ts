// Names of kernel parameters (sysctl(8)): "net.ipv4.ip_forward" or "net/ipv4/ip_forward". The separator that comes first is the
// separator; the other one stands for itself, so that "net.ipv4.conf.eth0/100.forwarding" is interface eth0.100.

/** The name with dots between its parts. */
export function sysctlName(key: string): string {
  const first = /[./]/.exec(key);
  return first?.[0] === "/" ? swap(key) : key;
}

/** The file below /proc/sys: `net/ipv4/conf/eth0.100/forwarding`. */
export function sysctlPath(key: string): string {
  return swap(sysctlName(key));
}

function swap(text: string): string {
  return text.replace(/[./]/g, (separator) => (separator === "." ? "/" : "."));
}
