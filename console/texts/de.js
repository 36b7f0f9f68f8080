/** German: one area of the console per file. */
import admin from "./de/admin.js";
import agent from "./de/agent.js";
import common from "./de/common.js";
import outbox from "./de/outbox.js";

/** @type {import("../texts.js").Texts} */
export default { common, agent, admin, outbox };
