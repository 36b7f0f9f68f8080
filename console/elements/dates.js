/** Times in the reader's zone and language. */
import { language, t } from "../texts.js";
import { html, signal } from "../vendor/ui.js";

const MINUTE = 60_000;
const DAY = 86_400_000;

/** The time, twice a minute: texts like "4 minutes ago" follow it. */
export const now = signal(Date.now());
setInterval(() => { now.value = Date.now(); }, MINUTE / 2);

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** @param {Intl.DateTimeFormatOptions} options @param {Date} date */
function format(options, date) {
  const key = JSON.stringify(options);
  let made = formats.get(key);
  if (!made) formats.set(key, made = new Intl.DateTimeFormat(language() === "en" ? navigator.languages.find((tag) => tag.startsWith("en")) ?? "en-GB" : language(), options));
  return made.format(date);
}

/** "Thursday, 26 November 2026, 10:41" @param {string} at RFC 3339 */
export function exact(at) {
  return format({ dateStyle: "full", timeStyle: "short" }, new Date(at));
}

/** "26 November 2026" @param {string} at */
export function day(at) {
  return format({ dateStyle: "long" }, new Date(at));
}

/** "26 Nov 2026, 10:41" @param {string} at */
export function dayAndTime(at) {
  return format({ dateStyle: "medium", timeStyle: "short" }, new Date(at));
}

/** Midnights between two times, in the reader's zone. @param {Date} from @param {Date} to */
function nights(from, to) {
  const midnight = (/** @type {Date} */ date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  return Math.round((midnight(to) - midnight(from)) / DAY);
}

/** Short, for lists: "4 min", "09:12", "Yesterday", "Tue", "18 Nov", "18 Nov 2025". @param {string} at */
export function brief(at) {
  const date = new Date(at), here = new Date(now.value), ago = here.getTime() - date.getTime(), days = nights(date, here);
  if (ago >= 0 && ago < MINUTE) return t.common.now;
  if (ago >= 0 && ago < 60 * MINUTE) return new Intl.NumberFormat(language(), { style: "unit", unit: "minute", unitDisplay: "short" }).format(Math.floor(ago / MINUTE));
  if (days === 0) return format({ timeStyle: "short" }, date);
  if (days === 1) return t.common.yesterday;
  if (days > 1 && days < 7) return format({ weekday: "short" }, date);
  return format({ day: "numeric", month: "short", ...(date.getFullYear() === here.getFullYear() ? {} : { year: "numeric" }) }, date);
}

/** In words: "4 minutes ago", "Yesterday, 15:02", "18 November 2026, 09:30". @param {string} at */
export function relative(at) {
  const date = new Date(at), here = new Date(now.value), ago = here.getTime() - date.getTime(), days = nights(date, here);
  const words = new Intl.RelativeTimeFormat(language(), { numeric: "auto" });
  if (Math.abs(ago) < MINUTE) return t.common.now;
  if (Math.abs(ago) < 60 * MINUTE) return words.format(Math.trunc(-ago / MINUTE), "minute");
  const time = format({ timeStyle: "short" }, date);
  if (days === 0) return time;
  if (days === 1) return t.common.at(t.common.yesterday, time);
  if (days > 1 && days < 7) return t.common.at(format({ weekday: "long" }, date), time);
  return format({ dateStyle: "long", timeStyle: "short" }, date);
}

/** A time with the exact one on hover: html`<${When} at=${entry.at} />`. @param {{at: string | null, short?: boolean}} props */
export function When({ at, short = false }) {
  if (!at) return null;
  return html`<time datetime=${at} title=${exact(at)}>${short ? brief(at) : relative(at)}</time>`;
}
