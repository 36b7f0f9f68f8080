/** Small things in rows: initials, states, notices, sizes. Plain functions: call them, `${tag("Open", "good")}`. */
import { language } from "../texts.js";
import { html } from "../vendor/ui.js";

/** @typedef {"" | "good" | "warn" | "bad" | "turn"} Tone */

/** A state, as a word. @param {string} text @param {Tone} [tone] @param {string} [icon] a class of icons.css */
export function tag(text, tone = "", icon = "") {
  return html`<span class=${`tag ${tone} ${icon && `icon ${icon}`}`}>${text}</span>`;
}

/** A sentence that has to be seen. @param {unknown} content @param {Tone} [tone] @param {string} [icon] */
export function notice(content, tone = "", icon = "") {
  return html`<p class=${`notice ${tone} ${icon && `icon ${icon}`}`}><span>${content}</span></p>`;
}

/** The initials of a person in a circle; the name is on hover. @param {string | null} name @param {string} [label] said where nobody is */
export function face(name, label = "") {
  if (!name) return html`<span class="face none" role=${label ? "img" : undefined} aria-label=${label || undefined}></span>`;
  return html`<span class="face" title=${name} aria-hidden="true">${initials(name)}</span>`;
}

/** @param {string} name */
export function initials(name) {
  const words = name.trim().split(/[\s.@_-]+/u).filter((word) => /^\p{L}/u.test(word));
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  return letters.map((word) => [...(word ?? "")][0]?.toLocaleUpperCase() ?? "").join("") || "?";
}

/** An address that may be broken before the @. @param {string} address */
export function breakable(address) {
  // The last one: a quoted local part may hold others, which a forger would like to be taken for the domain.
  const at = address.lastIndexOf("@");
  return at < 0 ? address : html`${address.slice(0, at)}<wbr />${address.slice(at)}`;
}

/** "84 KB" @param {number} bytes */
export function size(bytes) {
  const [value, unit] = bytes < 1000 ? [bytes, "byte"] : bytes < 999_500 ? [bytes / 1000, "kilobyte"] : [bytes / 1e6, "megabyte"];
  return new Intl.NumberFormat(language(), { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: value < 10 && unit === "megabyte" ? 1 : 0 }).format(value);
}
