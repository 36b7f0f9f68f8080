/** What became of a sent email, for each recipient. One line when all is well, opened when not. */
import { When } from "../../elements/dates.js";
import { tag } from "../../elements/labels.js";
import { said } from "../../said.js";
import { t } from "../../texts.js";
import { html } from "../../vendor/ui.js";

/** @typedef {import("../case/shapes.js").Entry} Entry */
/** @typedef {import("../case/shapes.js").Recipient} Recipient */

/** @type {Record<string, import("../../elements/labels.js").Tone>} */
const TONES = { delivered: "good", bounced: "bad", complained: "bad", suppressed: "bad", failed: "bad", delayed: "warn", queued: "", sent: "" };
const BAD = new Set(["bounced", "complained", "suppressed", "failed"]);

/** @param {Recipient} one @returns {string} */
function stateName(one) {
  return t.agent.states[one.state] ?? one.state;
}

/** In a few words, for the folded entry. @param {Entry} entry */
export function worstState(entry) {
  const all = entry.recipients ?? [];
  const bad = all.filter((one) => BAD.has(one.state)).length;
  if (bad) return html` ${tag(t.agent.notDelivered(bad, all.length), "bad", "alert")}`;
  const late = all.filter((one) => one.state === "delayed").length;
  return late ? html` ${tag(t.agent.states.delayed, "warn")}` : null;
}

/** @param {Entry} entry */
export function recipientStates(entry) {
  const all = entry.recipients ?? [];
  if (all.length === 0) return null;
  const bad = all.filter((one) => BAD.has(one.state)).length;
  const count = (/** @type {string} */ state) => all.filter((one) => one.state === state).length;
  const summary = bad
    ? tag(t.agent.notDelivered(bad, all.length), "bad", "alert")
    : count("delayed") ? tag(t.agent.states.delayed, "warn", "alert")
      : count("delivered") === all.length ? tag(all.length === 1 ? t.agent.states.delivered : t.agent.allDelivered(all.length), "good", "done")
        : count("queued") ? tag(t.agent.states.queued) : tag(t.agent.deliveredOf(count("delivered"), all.length));
  return html`
    <details open=${bad > 0 || count("delayed") > 0}>
      <summary>${summary}</summary>
      <ul class="states">
        ${all.map((one) => html`
          <li key=${`${one.role} ${one.address} ${one.name}`}>
            <span>${one.address || said(one.name ?? "")}${one.role !== "to" && html` <span class="quiet">${t.agent.roles[one.role]}</span>`}</span>
            ${tag(stateName(one), TONES[one.state] ?? "", one.state === "delivered" ? "done" : "")}
            ${one.at && html`<span class="quiet"><${When} at=${one.at} /></span>`}
            ${reasonOf(one) && html`<span class="reason">${reasonOf(one)}</span>`}
            ${one.detail && one.state !== "delivered" && html`<span class="quiet mono detail">${said(one.detail)}</span>`}
          </li>`)}
      </ul>
    </details>`;
}

/** Why an email did not arrive, in words: from the enhanced status code (RFC 3463) where the report has one. @param {Recipient} one @returns {string | null} */
export function reasonOf(one) {
  if (one.state === "suppressed") return t.agent.reasons.suppressed;
  if (one.state === "complained") return t.agent.reasons.complained;
  if (one.state !== "bounced" && one.state !== "delayed" && one.state !== "failed") return null;
  const code = /\b[245]\.(\d{1,3})\.(\d{1,3})\b/.exec(one.detail ?? "");
  const reasons = /** @type {Record<string, string>} */ (t.agent.reasons);
  const words = code ? reasons[`${code[1]}.${code[2]}`] ?? reasons[`${code[1]}`] : null;
  if (words) return words;
  const text = one.detail ?? "";
  if (/suppress/i.test(text)) return t.agent.reasons.suppressed;
  if (/quota|full|over ?quota/i.test(text)) return reasons["2.2"] ?? null;
  if (/unknown|no such|does ?n.t exist|not exist|General/i.test(text)) return reasons["1.1"] ?? null;
  return one.state === "failed" ? t.agent.reasons.failed : one.state === "delayed" ? t.agent.reasons.delayed : t.agent.reasons.other;
}
