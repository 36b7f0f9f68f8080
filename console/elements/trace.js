/** The decision trace as a list: each rule that looked, in order, and what it said. */
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

/** @param {TraceRow[]} trace @param {(row: TraceRow) => unknown} [more] what stands below a row, such as the nearest match */
export function traceList(trace, more = () => null) {
  const said = { pass: t.common.passed, note: t.common.noted, stop: t.common.stopped };
  return html`
    <ol class="trace" aria-label=${t.common.trace}>
      ${trace.map((row, i) => html`
        <li key=${i} class=${CLASSES[row.verdict]}>
          <span class=${`icon ${MARKS[row.verdict]}`} role="img" aria-label=${said[row.verdict]}></span>
          <b>${ruleName(row.rule)}</b><span>${row.detail}${more(row)}</span>
        </li>`)}
    </ol>`;
}
