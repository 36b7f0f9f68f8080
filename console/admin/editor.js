/** One row of the configuration: loads it, changes it, deletes it. Somebody else's change in between is not overwritten. */
import { ApiError, request } from "../api.js";
import { confirmed } from "../elements/dialog.js";
import { Failed, Loading } from "../elements/states.js";
import { toast } from "../elements/toast.js";
import { useLoad } from "../elements/load.js";
import { go, holdHere } from "../shell/address.js";
import { t } from "../texts.js";
import { html, useEffect, useRef, useState } from "../vendor/ui.js";
import { fields, fromForm, otherErrors, toForm } from "./form.js";

/**
 * @typedef {import("./form.js").FieldRow} FieldRow
 * @typedef {import("./form.js").Values} Values
 * @typedef {object} Kind what a section of the configuration holds
 * @property {string} where the path of the list, such as "/topics"
 * @property {string} idField the field that names a row; it stands in the path
 * @property {(choices: any) => FieldRow[]} rows
 * @property {Values} [blank] values of a new one
 * @property {(thing: Values) => string} [title]
 * @property {(props: {kind: Kind, thing: Values | null, values: Values, rows: FieldRow[]}) => unknown} [more] what stands below the form
 */

/** @param {{kind: Kind, id: string | null, choices: any, list: string, saved: () => void}} props id: null for a new one */
export function Editor({ kind, id, choices, list, saved }) {
  const loading = useLoad((abort) => (id === null ? Promise.resolve(null) : request("GET", `${kind.where}/${encodeURIComponent(id)}`, { signal: abort })), [kind.where, id]);
  if (loading.error) {
    const gone = loading.error instanceof ApiError && loading.error.status === 404;
    return html`<div class="panel"><div class="inside">${gone ? html`<p>${t.common.notFound}</p><p><a class="button" href=${list}>${t.admin.backToList}</a></p>` : html`<${Failed} error=${loading.error} again=${loading.again} />`}</div></div>`;
  }
  if (loading.loading && id !== null) return html`<div class="panel"><${Loading} /></div>`;
  const answer = /** @type {import("../api.js").Answer<Values> | null} */ (loading.data);
  return html`<${Form} key=${answer?.etag ?? "new"} kind=${kind} thing=${answer?.data ?? null} etag=${answer?.etag ?? null} choices=${choices} list=${list} saved=${saved} again=${loading.again} />`;
}

/** @param {{kind: Kind, thing: Values | null, etag: string | null, choices: any, list: string, saved: () => void, again: () => void}} props */
function Form({ kind, thing, etag, choices, list, saved, again }) {
  const rows = kind.rows(choices).map((row) => (row.name === kind.idField && thing ? { ...row, fixed: true } : row));
  const [values, setValues] = useState(() => toForm(rows, thing ?? kind.blank ?? {}));
  const [changed, setChanged] = useState(false);
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const [busy, setBusy] = useState(false);
  const letGo = useRef(() => {});
  useEffect(() => {
    if (!changed) return undefined;
    const ask = (/** @type {BeforeUnloadEvent} */ event) => event.preventDefault();
    const release = holdHere(() => confirmed({ title: t.admin.unsavedTitle, text: t.admin.unsavedText, action: t.admin.unsavedLeave, danger: true }));
    letGo.current = release;
    addEventListener("beforeunload", ask);
    return () => {
      release();
      removeEventListener("beforeunload", ask);
    };
  }, [changed]);
  const change = (/** @type {string} */ name, /** @type {any} */ value) => {
    setValues((/** @type {Values} */ before) => ({ ...before, [name]: value }));
    setChanged(true);
  };
  const named = String(thing?.[kind.idField] ?? values[kind.idField] ?? "").trim();
  const title = thing ? kind.title?.(thing) ?? named : t.admin.add[/** @type {keyof typeof t.admin.add} */ (kind.where.slice(1))];
  const where = `${kind.where}/${encodeURIComponent(named)}`;
  const run = async (/** @type {() => Promise<unknown>} */ act) => {
    setBusy(true);
    setError(null);
    try {
      await act();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  const save = (/** @type {Event} */ event) => {
    event.preventDefault();
    void run(async () => {
      const body = fromForm(rows, values);
      await request("PUT", where, { body, ...(thing ? { ifMatch: etag ?? undefined } : { ifNoneMatch: "*" }) });
      setChanged(false);
      letGo.current();
      toast(t.common.saved);
      saved();
      if (thing) again();
      else go(`${list.split("?")[0]}/${encodeURIComponent(named)}`, { replace: true });
    });
  };
  const remove = async () => {
    // A button that is switched off meanwhile could not get the focus back from the window.
    if (!await confirmed({ title: t.admin.deleteTitle(title), text: t.admin.deleteText, action: t.admin.delete, danger: true })) return;
    await run(async () => {
      await request("DELETE", where, { ifMatch: etag ?? undefined });
      letGo.current();
      toast(t.admin.deleted);
      saved();
      go(list);
    });
  };
  const stale = error instanceof ApiError && error.status === 412;
  return html`
    <article class="panel" aria-labelledby="editor-title">
      <header><a class="button only-narrow" href=${list}>${t.admin.backToList}</a><h2 id="editor-title">${title}</h2></header>
      <div class="inside">
        <form class="editor" onSubmit=${save}>
          ${stale ? html`<p class="notice bad icon alert" role="alert"><span>${thing ? t.admin.changedMeanwhile : t.admin.existsAlready}</span>${thing && html`<button type="button" onClick=${again}>${t.admin.loadAgain}</button>`}</p>` : otherErrors(error, rows)}
          ${fields(rows, values, change, error)}
          <footer class="row">
            <button class="primary" disabled=${busy || (Boolean(thing) && !changed)}>${t.common.save}</button>
            ${thing && html`<button type="button" class="plain" disabled=${busy} onClick=${remove}>${t.admin.delete}</button>`}
          </footer>
        </form>
        ${kind.more && html`<${kind.more} kind=${kind} thing=${thing} values=${fromForm(rows, values)} rows=${rows} />`}
      </div>
    </article>`;
}

