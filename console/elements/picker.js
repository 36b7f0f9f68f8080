/** A field that finds one thing by what is written: a list of proposals below it, chosen by arrow keys, Enter or a click. */
import { t } from "../texts.js";
import { html, useEffect, useId, useRef, useState } from "../vendor/ui.js";

const PAUSE = 200;

/**
 * @template T
 * @param {{label: string, hint?: string | null, error?: string | null, find: (words: string, abort: AbortSignal) => Promise<T[]>, show: (one: T) => unknown, keyOf: (one: T) => string,
 *   nameOf: (one: T) => string, onPick: (one: T | null) => void, least?: number, autofocus?: boolean}} props
 *   find: what is proposed for some words; least: characters before anything is asked
 */
export function Picker({ label, hint = null, error = null, find, show, keyOf, nameOf, onPick, least = 1, autofocus = false }) {
  const id = useId();
  const [words, setWords] = useState("");
  const [found, setFound] = useState(/** @type {T[] | null} */ (null));
  const [active, setActive] = useState(-1);
  const [failed, setFailed] = useState(false);
  const picked = useRef(false);
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  useEffect(() => { if (autofocus) field.current?.focus(); }, []);
  useEffect(() => {
    if (picked.current || words.trim().length < least) {
      setFound(null);
      return undefined;
    }
    const abort = new AbortController();
    const timer = setTimeout(() => find(words.trim(), abort.signal).then(
      (list) => { setFound(list); setActive(list.length === 1 ? 0 : -1); setFailed(false); },
      () => { if (!abort.signal.aborted) { setFound([]); setFailed(true); } },
    ), PAUSE);
    return () => { clearTimeout(timer); abort.abort(); };
  }, [words]);

  /** @param {T} one */
  const pick = (one) => {
    picked.current = true;
    setWords(nameOf(one));
    setFound(null);
    onPick(one);
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (!found?.length) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      setActive((at) => (at + step + found.length) % found.length);
    } else if (event.key === "Enter" && found[active]) {
      event.preventDefault();
      pick(/** @type {T} */ (found[active]));
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      setFound(null);
    }
  };
  const open = found !== null;
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || undefined;
  return html`
    <div class="labelled picker">
      <label for=${id}>${label}</label>
      <input ref=${field} id=${id} data-first=${autofocus ? "" : undefined} role="combobox" autocomplete="off" aria-expanded=${open ? "true" : "false"} aria-controls=${`${id}-list`} aria-autocomplete="list" aria-describedby=${described}
        aria-activedescendant=${open && found[active] ? `${id}-${active}` : undefined} aria-invalid=${error ? "true" : undefined} value=${words} onKeyDown=${onKeyDown}
        onInput=${(/** @type {any} */ event) => { picked.current = false; onPick(null); setWords(event.target.value); }} />
      <ul id=${`${id}-list`} role="listbox" aria-label=${t.common.proposals} class="proposals" hidden=${!found?.length}>
        ${found?.map((one, i) => html`
          <li key=${keyOf(one)} id=${`${id}-${i}`} role="option" aria-selected=${i === active ? "true" : "false"} onPointerDown=${(/** @type {Event} */ event) => event.preventDefault()} onClick=${() => pick(one)}>${show(one)}</li>`)}
      </ul>
      ${hint && html`<span class="hint-text" id=${`${id}-hint`}>${hint}</span>`}
      ${error && html`<span class="error-text" id=${`${id}-error`}>${error}</span>`}
      <span class="hint-text" role="status">${open && !found.length ? (failed ? t.common.unreachable : t.common.nothingFound) : ""}</span>
    </div>`;
}
