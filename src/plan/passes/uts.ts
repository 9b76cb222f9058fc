import { type Pass, step } from "../context.js";

export const uts: Pass = ({ config: { hostname = "", domainname = "" } }) => [
  ...(hostname === "" ? [] : [step("init", "hostname", "/hostname", { verb: "uts.hostname", name: hostname })]),
  ...(domainname === "" ? [] : [step("init", "domainname", "/domainname", { verb: "uts.domainname", name: domainname })]),
];
