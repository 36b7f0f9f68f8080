/** What came closest, where a rule of the decision trace stopped. */
import { html } from "../vendor/ui.js";

/** The employees who clash or come close, where a rule names them. @param {import("../elements/trace.js").TraceRow} row */
export function closest(row) {
  const named = row.evidence?.employees;
  if (!Array.isArray(named) || named.length === 0) return null;
  return html`<br /><span class="quiet">${named.map((one) => (typeof one === "string" ? one : [one.name, one.user_id].filter(Boolean).join(", "))).join("; ")}</span>`;
}
