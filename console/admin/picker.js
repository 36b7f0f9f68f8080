/** A field that finds one of many by what is typed: a combobox with a list (ARIA Authoring Practices, "Combobox"). */
import { announce } from "../elements/live.js";
import { html, useEffect, useRef, useState } from "../vendor/ui.js";

/** Milliseconds without a key before the search begins. */
const PAUSE = 200;

/**
 * @template T
 * @param {{attributes: {id: string}, chosen: T | null, choose: (one: T | null) => void, find: (q: string, abort: AbortSignal) => Promise<T[]>, show: (one: T) => string,
 *   key_: (one: T) => string, none: string}} props
 */
export function Picker({ attributes, chosen, choose, find, show, key_, none }) {
  const [text, setText] = useState(chosen ? show(chosen) : "");
  const [found, setFound] = useState(/** @type {T[] | null} */ (null));
  const [at, setAt] = useState(-1);
  const typed = useRef(false);
  const list = `${attributes.id}-list`;
  useEffect(() => {
    if (!typed.current || !text.trim()) {
      setFound(null);
      return undefined;
    }
    const abort = new AbortController();
    const timer = setTimeout(() => find(text.trim(), abort.signal).then(
      (items) => {
        setFound(items);
        setAt(items.length ? 0 : -1);
        if (!items.length) announce(none);
      },
      () => { if (!abort.signal.aborted) setFound([]); },
    ), PAUSE);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [text]);
  const take = (/** @type {T} */ one) => {
    typed.current = false;
    choose(one);
    setText(show(one));
    setFound(null);
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (!found) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setAt((at + (event.key === "ArrowDown" ? 1 : -1) + found.length) % Math.max(found.length, 1));
    } else if (event.key === "Enter" && found[at]) {
      event.preventDefault();
      take(/** @type {T} */ (found[at]));
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      setFound(null);
    }
  };
  const open = found !== null;
  return html`
    <div class="picker">
      <input ...${attributes} role="combobox" autocomplete="off" spellcheck=${false} value=${text} aria-expanded=${open ? "true" : "false"} aria-controls=${list} aria-autocomplete="list"
        aria-activedescendant=${open && at >= 0 ? `${list}-${at}` : undefined} onKeyDown=${onKeyDown} onBlur=${() => setTimeout(() => setFound(null), 150)}
        onInput=${(/** @type {any} */ event) => { typed.current = true; choose(null); setText(event.target.value); }} />
      <ul id=${list} role="listbox" hidden=${!open}>
        ${(found ?? []).map((one, i) => html`<li key=${key_(one)} id=${`${list}-${i}`} role="option" aria-selected=${i === at ? "true" : "false"} onMouseDown=${(/** @type {Event} */ event) => { event.preventDefault(); take(one); }}>${show(one)}</li>`)}
        ${found?.length === 0 && html`<li role="option" aria-disabled="true" aria-selected="false" class="quiet">${none}</li>`}
      </ul>
    </div>`;
}
