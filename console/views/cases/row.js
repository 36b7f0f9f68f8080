/** One case of a list. A label stands there only for what is out of the ordinary. */
import { When } from "../../elements/dates.js";
import { face, tag } from "../../elements/labels.js";
import { link } from "../../shell/address.js";
import { t } from "../../texts.js";
import { html } from "../../vendor/ui.js";
import { warningName } from "../case/warnings.js";

/** @typedef {import("../case/shapes.js").Case} Case */

/** The most labels of a row. */
const LABELS = 2;

/** @param {Case} one @param {boolean} selected */
export function caseRow(one, selected) {
  const who = one.employee?.name || one.employee?.email || one.employee?.user_id || t.agent.noEmployee;
  return html`
    <li key=${one.case_id} class=${one.unread ? "unread" : ""} aria-current=${selected ? "true" : undefined} data-case=${one.case_id}>
      <span class="mark"></span>
      <span class="who" title=${who}>${who}${one.regarding && html` <span class="quiet">${t.agent.about(one.regarding.name || one.regarding.user_id)}</span>`}</span>
      <div class="what">
        <a href=${link(["cases", one.case_id])}>${one.subject || t.agent.noSubject}${one.unread && html`<span class="spoken">${t.agent.unreadMark}</span>`}</a>
        <span class="quiet">${firstWords(one.issue)}</span>
      </div>
      <span class="tags">${labels(one)}</span>
      <span class="topic" title=${one.topic}>${one.topic}</span>
      ${face(one.assignee?.name || one.assignee?.user || null, t.agent.notAssigned)}
      <${When} at=${one.updated_at} short />
    </li>`;
}

/** @param {Case} one */
function labels(one) {
  const all = [];
  for (const warning of one.warnings ?? []) all.push(tag(warningName(warning), warning === "subject_changed" ? "warn" : "bad", "alert"));
  const waits = one.status === "open" && one.waiting_on === "agent";
  if (one.merged_into) all.push(tag(t.agent.merged));
  else if (one.status === "closed") all.push(tag(t.agent.closed));
  for (const flag of one.flags) {
    const names = /** @type {Record<string, string>} */ (t.agent.flagNames);
    if (names[flag] && !one.warnings?.includes(flag)) all.push(tag(names[flag], "warn"));
  }
  const shown = all.slice(0, waits ? LABELS - 1 : LABELS);
  if (all.length > shown.length) shown.push(html`<span class="tag" title=${t.agent.moreLabels(all.length - shown.length)}>+${all.length - shown.length}</span>`);
  if (waits) shown.push(tag(t.agent.waitingOnUs, "turn"));
  return shown;
}

/** @param {string} text */
function firstWords(text) {
  return text.replace(/\s+/g, " ").trim().slice(0, 200);
}
