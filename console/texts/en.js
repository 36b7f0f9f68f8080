/** English: one area of the console per file. */
import admin from "./en/admin.js";
import agent from "./en/agent.js";
import common from "./en/common.js";
import outbox from "./en/outbox.js";

export default { common, agent, admin, outbox };
