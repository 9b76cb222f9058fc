import { type Pass, step } from "../context.js";

export const store: Pass = () => [step("runtime", "store/create", "default:store", { verb: "store.create" })];
