/** Why is this here? How the email was matched, how sure that is, and each rule that looked. */
import { traceList } from "../../elements/trace.js";
import { said } from "../../said.js";
import { t } from "../../texts.js";
import { html } from "../../vendor/ui.js";
import { numberOf } from "../case/facts.js";

/** @typedef {import("../../elements/trace.js").TraceRow} TraceRow */

/** @param {{one: import("../case/shapes.js").Case, entry: import("../case/shapes.js").WholeEntry}} props */
export function Why({ one, entry }) {
  const rows = entry.trace.map((row) => ({ ...row, detail: row.detail || describe(row) }));
  return html`
    <section class="why" aria-label=${t.agent.why}>
      <p>${summary(one, entry)}</p>
      ${rows.length > 0 && traceList(rows, evidence, true)}
    </section>`;
}

/** @param {import("../case/shapes.js").Case} one @param {import("../case/shapes.js").WholeEntry} entry */
function summary(one, entry) {
  const { matched_by: match } = entry;
  if (match) {
    const how = /** @type {Record<string, string>} */ (t.agent.how)[match.how] ?? match.how;
    const sure = /** @type {Record<string, string>} */ (t.agent.sure)[match.certainty] ?? match.certainty;
    return html`<b>${how}</b> ${sure}`;
  }
  if (entry.direction === "outbound") return entry.kind === "acknowledgement" ? t.agent.whyAcknowledged : t.agent.whySent(entry.author?.name || entry.author?.user || t.agent.anAgent);
  return t.agent.whyNew(one.number);
}

/** What a rule that passed has found. @param {TraceRow} row @returns {string} */
function describe(row) {
  const { mailbox, topic, service_group: group, user_id: user, show } = row.evidence;
  if (row.rule === "mailbox" && mailbox) return t.agent.found.mailbox(mailbox);
  if (row.rule === "topic" && topic) return t.agent.found.topic(topic);
  if (row.rule === "routing" && group) return t.agent.found.group(group);
  if (row.rule === "regarding" && user) return t.agent.found.regarding(user);
  if (row.rule === "show") return show ? t.agent.found.shown : t.agent.found.notShown;
  return "";
}

const VERDICTS = ["spf", "dkim", "dmarc"];
/** Evidence that the sentence of the row already says. */
const SAID = new Set(["how", "certainty", "assumed", "evidence", "show", "topic", "service_group", "mailbox"]);

/** What a rule looked at, and the nearest match where it stopped. @param {TraceRow} row */
function evidence(row) {
  const found = row.evidence;
  const parts = [];
  const verdicts = VERDICTS.filter((name) => found[name]).map((name) => `${name.toUpperCase()} ${found[name]}`);
  if (verdicts.length) parts.push(verdicts.join(", "));
  if (found.by && found.user_id) parts.push(t.agent.found.by(found.user_id, said(found.by)));
  if (Array.isArray(found.employees)) parts.push(t.agent.closest(found.employees.map((one) => `${one.name} (${one.user_id})`).join(", ")));
  if (found.closest) parts.push(t.agent.closest(typeof found.closest === "object" ? found.closest.name ?? found.closest.case_id ?? found.closest.user_id ?? "" : String(found.closest)));
  if (Array.isArray(found.numbers) && found.numbers.length) parts.push(t.agent.closest(found.numbers.map(numberOf).join(", ")));
  if (found.asked_for) parts.push(t.agent.askedFor(found.asked_for));
  if (Array.isArray(found.others)) parts.push(found.others.join(", "));
  const rest = Object.entries(found).filter(([name, value]) => !SAID.has(name) && !VERDICTS.includes(name) && !["by", "user_id", "employees", "closest", "numbers", "asked_for", "others", "case", "recipient"].includes(name) && ["string", "number"].includes(typeof value));
  parts.push(...rest.map(([name, value]) => `${/** @type {Record<string, string>} */ (t.agent.evidence)[name] ?? name.replaceAll("_", " ")}: ${value}`));
  if (found.recipient) parts.push(t.agent.found.recipient(found.recipient));
  return parts.map((part, i) => html` <span key=${i} class="quiet evidence">${part}</span>`);
}
