/** German texts of: unprocessed emails, configuration, Try an email. */

/** @type {import("../../texts.js").Texts["admin"]} */
export default {
  unprocessed: "Unverarbeitet",
  configuration: "Konfiguration",
  tryAnEmail: "E-Mail ausprobieren",
};
