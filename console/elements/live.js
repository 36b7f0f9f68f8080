/** What a screen reader says by itself, without the focus moving. */
import { html, signal } from "../vendor/ui.js";

const said = signal("");

/** @param {string} text */
export function announce(text) {
  said.value = "";
  queueMicrotask(() => { said.value = text; });
}

/** The region that is read aloud. It stands once, in the frame of the page. */
export function Live() {
  return html`<div class="spoken" role="status" aria-live="polite">${said.value}</div>`;
}
