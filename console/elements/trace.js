/** The decision trace as a list: each rule that looked, in order, and what it said. */
import { said } from "../said.js";
import { t } from "../texts.js";
import { html } from "../vendor/ui.js";

/** @typedef {{rule: string, verdict: "pass" | "note" | "stop", detail: string, evidence: Record<string, any>}} TraceRow */

const MARKS = { pass: "done", note: "alert", stop: "stop" };
const CLASSES = { pass: "", note: "noted", stop: "stopped" };

/** @param {string} rule @returns {string} */
export function ruleName(rule) {
  const names = /** @type {Record<string, string>} */ (t.common.rules);
  return names[rule] ?? rule.replaceAll("_", " ").replace(/^./, (letter) => letter.toUpperCase());
}

/**
 * The rules in the order in which they looked. Neighbours that passed and have nothing to say share a line.
 * @param {TraceRow[]} trace @param {(row: TraceRow) => unknown} [more] what stands below a row, such as the nearest match
 * @param {boolean} [made] the email made a case or entered one: the rule that ended the decision found nothing wrong
 */
export function traceList(trace, more = () => null, made = false) {
  const verdicts = { pass: t.common.passed, note: t.common.noted, stop: t.common.stopped };
  return html`
    <ol class="trace" aria-label=${t.common.trace}>
      ${joined(trace).map((rows, i) => {
        const row = /** @type {TraceRow} */ (rows[0]);
        const good = made && row.verdict === "stop";
        return html`
          <li key=${i} class=${good ? "decided" : CLASSES[row.verdict]}>
            <span class=${`icon ${good ? "done" : MARKS[row.verdict]}`} role="img" aria-label=${good ? t.common.decided : verdicts[row.verdict]}></span>
            ${rows.length > 1 ? html`<span class="together">${rows.map(({ rule }) => ruleName(rule)).join(", ")}</span>` : html`<b>${ruleName(row.rule)}</b><span>${said(row.detail)}${more(row)}</span>`}
          </li>`;
      })}
    </ol>`;
}

/** @param {TraceRow[]} trace @returns {TraceRow[][]} */
function joined(trace) {
  /** @type {TraceRow[][]} */ const groups = [];
  const silent = (/** @type {TraceRow | undefined} */ row) => row?.verdict === "pass" && !row.detail;
  for (const row of trace) {
    const last = groups.at(-1);
    if (last && silent(row) && silent(last.at(-1))) last.push(row); else groups.push([row]);
  }
  return groups;
}
