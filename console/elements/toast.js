/** Short messages at the lower edge, with at most one action. They go by themselves, but not while the pointer or the focus is on them. */
import { ApiError, Unreachable } from "../api.js";
import { SessionEnded } from "../signin.js";
import { t } from "../texts.js";
import { html, signal, useEffect, useState } from "../vendor/ui.js";

/**
 * @typedef {object} Toast
 * @property {number} id
 * @property {string | ((secondsLeft: number) => string)} text a function gets a countdown
 * @property {number} seconds
 * @property {boolean} [urgent] an error: read aloud at once, stays until it is dismissed
 * @property {{label: string, run: () => void}} [action]
 * @property {() => void} [atEnd] after the seconds, unless closed or the action was chosen
 */

/** @type {import("../vendor/ui.js").Signal<Toast[]>} */
const toasts = signal([]);
let last = 0;

/**
 * Shows a message. Returns what closes it.
 * @param {Toast["text"]} text
 * @param {Partial<Omit<Toast, "id" | "text">>} [options]
 */
export function toast(text, options = {}) {
  const one = { seconds: 6, ...options, id: ++last, text };
  toasts.value = [...toasts.value.filter((other) => other.text !== text), one].slice(-4);
  return () => close(one.id);
}

/** Says that something failed. A session that ended has its own window. @param {unknown} error */
export function toastError(error) {
  if (error instanceof SessionEnded) return () => {};
  return toast(error instanceof ApiError ? error.message : error instanceof Unreachable ? t.common.unreachable : t.common.failedAction, { urgent: true });
}

/** @param {number} id */
function close(id) {
  toasts.value = toasts.value.filter((one) => one.id !== id);
}

/** The messages. They stand once, in the frame of the page. */
export function Toasts() {
  return html`<div class="toasts">${toasts.value.map((one) => html`<${One} key=${one.id} one=${one} />`)}</div>`;
}

/** @param {{one: Toast}} props */
function One({ one }) {
  const countdown = typeof one.text === "function";
  const [left, setLeft] = useState(one.seconds);
  const [held, setHeld] = useState(false);
  useEffect(() => {
    // A countdown is a promise about time: it goes on while the pointer rests on it.
    if (one.urgent || (held && !countdown)) return undefined;
    const timer = setInterval(() => setLeft((seconds) => seconds - 1), 1000);
    return () => clearInterval(timer);
  }, [held]);
  useEffect(() => {
    if (left > 0) return;
    close(one.id);
    one.atEnd?.();
  }, [left]);
  const hold = (/** @type {boolean} */ on) => () => setHeld(on);
  const text = typeof one.text === "function" ? one.text(Math.max(left, 0)) : one.text;
  return html`
    <div class="toast" onPointerEnter=${hold(true)} onPointerLeave=${hold(false)} onFocusIn=${hold(true)} onFocusOut=${hold(false)}>
      <span role=${one.urgent ? "alert" : "status"}>${text}</span>
      ${one.action && html`<button onClick=${() => { close(one.id); one.action?.run(); }}>${one.action.label}</button>`}
      ${one.urgent && html`<button class="icon-only stop" aria-label=${t.common.dismiss} onClick=${() => close(one.id)}></button>`}
    </div>`;
}
