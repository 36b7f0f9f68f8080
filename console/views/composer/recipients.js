/** A field of recipients: names as chips, proposals while something is written. */
import { announce } from "../../elements/live.js";
import { employeesLike } from "../../elements/find_people.js";
import { t } from "../../texts.js";
import { html, useEffect, useId, useRef, useState } from "../../vendor/ui.js";
import { nameOf } from "../case/shapes.js";
import { isAddress, readList } from "./addresses.js";

/** @typedef {import("../case/shapes.js").Address} Address */

const PAUSE = 200;
const SHOWN = 8;

/**
 * @param {{label: string, value: Address[], set: (list: Address[]) => void, known: Address[], isNew: (address: Address) => boolean, error: string | null,
 *   commitRef: {current: (() => Address[]) | null}, autofocus?: boolean}} props
 *   known: who is proposed first; commitRef: takes what is written but not yet a chip, as Send does, and answers all
 */
export function Recipients({ label, value, set, known, isNew, error, commitRef, autofocus = false }) {
  const id = useId();
  const [words, setWords] = useState("");
  const [found, setFound] = useState(/** @type {Address[]} */ ([]));
  const [active, setActive] = useState(-1);
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  const chips = useRef(/** @type {HTMLElement | null} */ (null));
  const latest = useRef(value);
  latest.current = value;
  useEffect(() => { if (autofocus) field.current?.focus(); }, []);

  /** @param {Address[]} list */
  const add = (list) => {
    const here = new Set(latest.current.map((one) => one.address.toLowerCase()));
    const more = list.map(named).filter((one) => !here.has(one.address.toLowerCase()) && here.add(one.address.toLowerCase()));
    setWords("");
    setFound([]);
    setActive(-1);
    if (field.current) field.current.value = "";
    if (more.length === 0) return latest.current;
    latest.current = [...latest.current, ...more];
    set(latest.current);
    announce(t.agent.added(more.map(nameOf).join(", "), label));
    return latest.current;
  };
  const named = (/** @type {Address} */ one) => (one.name ? one : { ...one, name: known.find((other) => other.address.toLowerCase() === one.address.toLowerCase())?.name ?? null });
  commitRef.current = () => add(readList(field.current?.value ?? words));

  useEffect(() => {
    const wanted = words.trim().toLowerCase();
    setActive(-1);
    if (wanted.length < 2) {
      setFound([]);
      return undefined;
    }
    const here = new Set(latest.current.map((one) => one.address.toLowerCase()));
    const fits = (/** @type {Address} */ one) => !here.has(one.address.toLowerCase()) && `${one.name ?? ""} ${one.address}`.toLowerCase().split(/[\s.@_-]+/).concat(one.address.toLowerCase()).some((word) => word.startsWith(wanted));
    const near = known.filter(fits).slice(0, SHOWN);
    setFound(near);
    const abort = new AbortController();
    const timer = setTimeout(() => employeesLike(words.trim(), abort.signal).then((employees) => {
      const seen = new Set(near.map((one) => one.address.toLowerCase()));
      const more = employees.filter((one) => !one.blocked).flatMap((one) => one.emails.map((address) => ({ name: one.name, address }))).filter((one) => !here.has(one.address.toLowerCase()) && !seen.has(one.address.toLowerCase()));
      setFound([...near, ...more].slice(0, SHOWN));
    }, () => {}), PAUSE);
    return () => { clearTimeout(timer); abort.abort(); };
  }, [words]);

  /** @param {Address} one */
  const remove = (one) => {
    set(value.filter((other) => other !== one));
    announce(t.agent.removed(nameOf(one), label));
    field.current?.focus();
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    const chosen = found[active];
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && found.length) {
      event.preventDefault();
      setActive((at) => (event.key === "ArrowDown" ? (at + 1) % found.length : (at <= 0 ? found.length : at) - 1));
    } else if (event.key === "Enter" || event.key === "," || event.key === ";") {
      event.preventDefault();
      if (chosen) add([chosen]);
      else commitRef.current?.();
    } else if (event.key === "Tab" && chosen) {
      event.preventDefault();
      add([chosen]);
    } else if (event.key === "Escape" && found.length) {
      event.preventDefault();
      event.stopPropagation();
      setFound([]);
    } else if (event.key === "Backspace" && !words && value.length) {
      event.preventDefault();
      /** @type {HTMLElement | undefined} */ ([...chips.current?.querySelectorAll("button") ?? []].at(-1))?.focus();
    }
  };
  const onPaste = (/** @type {ClipboardEvent} */ event) => {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!/[,;\n]/.test(text) && !isAddress(text.trim())) return;
    event.preventDefault();
    add(readList(text));
  };
  const chipKey = (/** @type {Address} */ one) => (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Backspace" || event.key === "Delete") {
      event.preventDefault();
      remove(one);
    } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      const all = [.../** @type {NodeListOf<HTMLElement>} */ (chips.current?.querySelectorAll("button") ?? [])];
      const next = all[all.indexOf(/** @type {HTMLElement} */ (event.currentTarget)) + (event.key === "ArrowLeft" ? -1 : 1)];
      (next ?? (event.key === "ArrowRight" ? field.current : null))?.focus();
    }
  };
  const open = found.length > 0;
  return html`
    <div class="field">
      <label for=${id}>${label}</label>
      <div class="chips">
        <ul ref=${chips} aria-label=${t.agent.recipientsIn(label)} hidden=${!value.length}>
          ${value.map((one) => html`
            <li key=${one.address} class=${isAddress(one.address) ? (isNew(one) ? "new" : "") : "wrong"} title=${one.address}>
              ${nameOf(one)}${!isAddress(one.address) && html`<span class="spoken">, ${t.agent.noAddress}</span>`}
              <button type="button" class="icon-only stop" aria-label=${t.agent.removeRecipient(nameOf(one))} onClick=${() => remove(one)} onKeyDown=${chipKey(one)}></button>
            </li>`)}
        </ul>
        <input ref=${field} id=${id} role="combobox" autocomplete="off" spellcheck="false" aria-expanded=${open ? "true" : "false"} aria-controls=${`${id}-list`} aria-autocomplete="list"
          aria-activedescendant=${found[active] ? `${id}-${active}` : undefined} aria-invalid=${error ? "true" : undefined} aria-describedby=${error ? `${id}-error` : undefined}
          onInput=${(/** @type {any} */ event) => setWords(event.target.value)} onKeyDown=${onKeyDown} onPaste=${onPaste} onBlur=${() => commitRef.current?.()} />
      </div>
      <ul id=${`${id}-list`} role="listbox" aria-label=${t.agent.proposalsFor(label)} class="proposals" hidden=${!open}>
        ${found.map((one, i) => html`<li key=${one.address} id=${`${id}-${i}`} role="option" aria-selected=${i === active ? "true" : "false"} onPointerDown=${(/** @type {Event} */ event) => { event.preventDefault(); add([one]); }}><b>${one.name || one.address}</b>${one.name && html` <span class="quiet">${one.address}</span>`}</li>`)}
      </ul>
      ${error && html`<span class="error-text" id=${`${id}-error`}>${error}</span>`}
    </div>`;
}
