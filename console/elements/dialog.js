/** Windows over the page: the element <dialog>, which keeps the focus inside, closes by Escape and gives the focus back. */
import { t } from "../texts.js";
import { html, render, useEffect, useId, useRef } from "../vendor/ui.js";

/**
 * A window. Render it while it is open.
 * @param {{title: string, onClose: () => void, wide?: boolean, children?: import("../vendor/ui.js").ComponentChildren}} props
 */
export function Dialog({ title, onClose, wide = false, children }) {
  const ref = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const id = useId();
  useEffect(() => {
    const before = /** @type {HTMLElement | null} */ (document.activeElement), dialog = ref.current;
    dialog?.showModal();
    // The first field is where people go on; in a question, the button that changes nothing.
    const first = dialog?.querySelector("[data-first], form :is(input, select, textarea):not([type=checkbox])") ?? dialog?.querySelector("footer button");
    /** @type {HTMLElement | null | undefined} */ (first)?.focus();
    return () => {
      // Somebody may have gone on already: only a focus that would be lost is given back.
      const now = document.activeElement;
      if (!now || now === document.body || dialog?.contains(now)) before?.focus?.();
    };
  }, []);
  return html`
    <dialog ref=${ref} class=${wide ? "wide" : ""} aria-labelledby=${id} onClose=${onClose}>
      <header><h2 id=${id}>${title}</h2><button type="button" class="icon-only stop" aria-label=${t.common.close} onClick=${onClose}></button></header>
      ${children}
    </dialog>`;
}

/**
 * Asks before something that cannot be undone.
 * @param {{title: string, text: string, action: string, danger?: boolean}} question
 * @returns {Promise<boolean>}
 */
export function confirmed({ title, text, action, danger = false }) {
  return new Promise((resolve) => {
    const place = document.createElement("div");
    document.body.append(place);
    const end = (/** @type {boolean} */ answer) => {
      render(null, place);
      place.remove();
      resolve(answer);
    };
    render(html`
      <${Dialog} title=${title} onClose=${() => end(false)}>
        <div class="inside"><p>${text}</p>
          <footer><button type="button" onClick=${() => end(false)}>${t.common.cancel}</button><button type="button" class=${danger ? "danger" : "primary"} onClick=${() => end(true)}>${action}</button></footer>
        </div>
      <//>`, place);
  });
}
