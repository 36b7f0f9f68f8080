/** German texts of: cases, a case, its Email History, the composer. */

/** @type {import("../../texts.js").Texts["agent"]} */
export default {
  cases: "Fälle",
};
