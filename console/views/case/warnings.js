/** What a person must see before trusting an email, in words. */
import { notice } from "../../elements/labels.js";
import { t } from "../../texts.js";

/** A few words, for lists. @param {string} warning @returns {string} */
export function warningName(warning) {
  const names = /** @type {Record<string, string>} */ (t.agent.warningNames);
  return names[warning] ?? warning.replaceAll("_", " ");
}

/** A sentence that says what it means. @param {string} warning @returns {string} */
export function warningText(warning) {
  const texts = /** @type {Record<string, string>} */ (t.agent.warnings);
  return texts[warning] ?? warningName(warning);
}

const MILD = new Set(["subject_changed", "new_sender", "encrypted"]);

/** Notices for warnings. @param {string[]} warnings @returns {unknown[]} */
export function warningNotices(warnings) {
  return warnings.map((warning) => notice(warningText(warning), MILD.has(warning) ? "warn" : "bad", "alert"));
}
