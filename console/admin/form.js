/** A form from a list of fields. Each field says beside itself what is wrong with it. */
import { ApiError } from "../api.js";
import { Field } from "../elements/field.js";
import { refused } from "../elements/states.js";
import { t } from "../texts.js";
import { html, useId } from "../vendor/ui.js";

/**
 * @typedef {Record<string, any>} Values
 * @typedef {object} FieldRow
 * @property {string} name as the API calls it
 * @property {string} label
 * @property {"text" | "email" | "number" | "check" | "choice" | "lines" | "pairs" | "area"} type lines: a list, one per line; pairs: an object, "name = value" per line
 * @property {string} [hint]
 * @property {[string, string][]} [choices] value and label; the value "" stands for null
 * @property {boolean} [required]
 * @property {boolean} [fixed] cannot be changed
 * @property {number} [rows]
 * @property {boolean} [mono]
 */

/**
 * The fields. `values` holds what is shown: lists and pairs as text (see `toForm` and `fromForm`).
 * @param {FieldRow[]} rows @param {Values} values @param {(name: string, value: any) => void} change @param {unknown} error
 */
export function fields(rows, values, change, error) {
  return rows.map((row) => (row.type === "check"
    ? html`<${Check} key=${row.name} row=${row} on=${Boolean(values[row.name])} change=${change} error=${said(error, row.name)} />`
    : html`<${Field} key=${row.name} label=${row.label} hint=${row.hint} error=${said(error, row.name)}>${(/** @type {object} */ a) => input(row, a, values[row.name] ?? "", change)}<//>`));
}

/** @param {FieldRow} row @param {object} a @param {string} value @param {(name: string, value: any) => void} change */
function input(row, a, value, change) {
  const onInput = (/** @type {any} */ event) => change(row.name, event.target.value);
  if (row.type === "choice") {
    // What is stored may no longer be among the choices. It is shown, and stays unless it is changed.
    const choices = row.choices ?? [];
    const known = choices.some(([code]) => code === value) ? choices : [...choices, [value, value]];
    return html`<select ...${a} value=${value} disabled=${row.fixed} onChange=${onInput}>${known.map(([code, label]) => html`<option key=${code} value=${code}>${label}</option>`)}</select>`;
  }
  if (row.type === "lines" || row.type === "pairs" || row.type === "area") {
    return html`<textarea ...${a} class=${row.mono ? "mono" : ""} rows=${row.rows ?? 4} value=${value} spellcheck=${row.type === "area"} onInput=${onInput}></textarea>`;
  }
  return html`<input ...${a} type=${row.type === "number" ? "number" : "text"} inputmode=${row.type === "email" ? "email" : undefined} class=${row.mono ? "mono" : ""} required=${row.required}
    readonly=${row.fixed} value=${value} autocomplete="off" spellcheck=${false} onInput=${onInput} />`;
}

/** @param {{row: FieldRow, on: boolean, change: (name: string, value: any) => void, error: string | null}} props */
function Check({ row, on, change, error }) {
  const id = useId();
  return html`
    <div class="labelled check">
      <label class="row" for=${id}><input id=${id} type="checkbox" checked=${on} aria-describedby=${row.hint || error ? `${id}-more` : undefined} onChange=${(/** @type {any} */ event) => change(row.name, event.target.checked)} />${row.label}</label>
      ${(error || row.hint) && html`<span id=${`${id}-more`} class=${error ? "error-text" : "hint-text"}>${error ?? row.hint}</span>`}
    </div>`;
}

/** What the API says about a field, or about a part of it ("trusted_senders.0"). @param {unknown} error @param {string} name */
function said(error, name) {
  if (!(error instanceof ApiError)) return null;
  const own = error.of(name);
  if (own) return own;
  const part = error.errors.find((one) => one.field.startsWith(`${name}.`));
  const index = Number(part?.field.slice(name.length + 1));
  return part ? `${Number.isInteger(index) ? `${t.admin.line(index + 1)}: ` : ""}${part.message}` : null;
}

/** What is wrong, where no field of the form says it. @param {unknown} error @param {FieldRow[]} rows */
export function otherErrors(error, rows) {
  if (!error) return null;
  if (error instanceof ApiError && error.errors.length) {
    const left = error.errors.filter((one) => !rows.some(({ name }) => one.field === name || one.field.startsWith(`${name}.`)));
    return left.map((one) => html`<p key=${one.field} class="notice bad icon alert" role="alert"><span><b>${one.field}</b>: ${one.message}</span></p>`);
  }
  return refused(error);
}

/** The API's values as the form shows them. @param {FieldRow[]} rows @param {Values} thing @returns {Values} */
export function toForm(rows, thing) {
  return Object.fromEntries(rows.map(({ name, type }) => {
    const value = thing[name];
    if (type === "lines") return [name, (value ?? []).join("\n")];
    if (type === "pairs") return [name, Object.entries(value ?? {}).map(([left, right]) => `${left} = ${right}`).join("\n")];
    return [name, value ?? (type === "check" ? false : "")];
  }));
}

/** The form's values as the API takes them: an empty field is null. @param {FieldRow[]} rows @param {Values} values @returns {Values} */
export function fromForm(rows, values) {
  return Object.fromEntries(rows.map(({ name, type }) => {
    const value = values[name];
    if (type === "check") return [name, Boolean(value)];
    if (type === "lines") return [name, linesOf(value)];
    if (type === "pairs") return [name, Object.fromEntries(linesOf(value).map(pairOf))];
    if (type === "number") return [name, value === "" ? null : Number(value)];
    if (type === "area") return [name, value || null];
    return [name, String(value ?? "").trim() || null];
  }));
}

/** @param {string} text */
const linesOf = (text) => String(text ?? "").split("\n").map((line) => line.trim()).filter(Boolean);

/** "UK = payroll-uk": the last sign divides, because a population may hold one. @param {string} line @returns {[string, string]} */
function pairOf(line) {
  const at = line.lastIndexOf("=");
  return at < 0 ? [line, ""] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
}
