/** Keys of one character. They work where nothing is written, and stand in the list that `?` shows. */
import { signal, useEffect } from "../vendor/ui.js";

/** @typedef {{key: string, label: string, run: (event: KeyboardEvent) => void}} Key `key` as in KeyboardEvent.key */

/** @type {import("../vendor/ui.js").Signal<Key[]>} */
export const keys = signal([]);

const WRITING = 'input:not([type="checkbox"], [type="radio"], [type="button"]), textarea, select, [contenteditable="true"]';

addEventListener("keydown", (event) => {
  const target = /** @type {Element} */ (event.target);
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (target.closest?.(WRITING) || document.querySelector("dialog[open]")) return;
  // Enter on a link or button is that element's own.
  if (event.key === "Enter" && target.closest?.("a, button, summary")) return;
  const found = keys.value.findLast(({ key }) => key === event.key);
  if (!found) return;
  event.preventDefault();
  found.run(event);
});

/**
 * Keys while a component is shown. Later ones win.
 * @param {Key[]} list
 * @param {readonly unknown[]} [deps] of what the keys do
 */
export function useKeys(list, deps = []) {
  useEffect(() => {
    keys.value = [...keys.peek(), ...list];
    return () => { keys.value = keys.peek().filter((key) => !list.includes(key)); };
  }, deps);
}
