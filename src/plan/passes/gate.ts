import { type Pass, step } from "../context.js";

export const gateWait: Pass = ({ slots }) => [step("init", "gate/wait", "default:gate", { verb: "gate.wait", slot: slots.gate })];
