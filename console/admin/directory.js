/** The directory: finding employees, changing one, erasing a person, importing many. */
import { ApiError, path, post } from "../api.js";
import { Dialog } from "../elements/dialog.js";
import { Field } from "../elements/field.js";
import { tag } from "../elements/labels.js";
import { refused } from "../elements/states.js";
import { go, link, withQuery } from "../shell/address.js";
import { t } from "../texts.js";
import { html, useState } from "../vendor/ui.js";
import { Collection } from "./collection.js";
import { Import } from "./import.js";
import { JobProgress } from "./job_progress.js";

/** @returns {import("./collection.js").Section} */
const employees = () => ({
  section: "directory", where: "/employees", idField: "user_id",
  title: (one) => one.name,
  line: (one) => [one.user_id, ...one.emails, one.population].filter(Boolean).join(" · "),
  side: (one) => (one.blocked ? tag(t.admin.blocked, "warn") : null),
  rows: () => [
    { name: "user_id", label: t.admin.userId, type: "text", required: true },
    { name: "name", label: t.admin.name, type: "text", required: true },
    { name: "emails", label: t.admin.emails, hint: t.admin.emailsHint, type: "lines" },
    { name: "population", label: t.admin.population, type: "text" },
    { name: "blocked", label: t.admin.blocked, hint: t.admin.blockedHint, type: "check" },
  ],
  more: Erasure,
});

/** @param {{id: string | null, query: URLSearchParams}} props */
export function Directory({ id, query }) {
  const [text, setText] = useState(query.get("q") ?? "");
  const job = query.get("job");
  const search = (/** @type {Event} */ event) => {
    event.preventDefault();
    go(link(["configuration", "directory"], { q: text.trim() }), { replace: true });
  };
  const top = html`
    <search><form class="row" onSubmit=${search}>
      <input type="search" aria-label=${t.admin.searchDirectory} placeholder=${t.admin.searchDirectory} value=${text} onInput=${(/** @type {any} */ event) => setText(event.target.value)} />
    </form></search>
    <a class="button" href=${link(["configuration", "directory"], { import: "1" })}>${t.admin.import}</a>`;
  const close = () => go(withQuery({ job: null }), { replace: true });
  return html`
    ${job && html`<${JobProgress} key=${job} id=${job} onClose=${close} />`}
    ${query.has("import")
      ? html`<${Import} started=${(/** @type {string} */ started) => go(link(["configuration", "directory"], { job: started }))} />`
      : html`<${Collection} key=${query.get("q") ?? ""} section=${employees()} id=${id} query=${query} top=${top} filters=${{ q: query.get("q") }} />`}`;
}

/** @param {{thing: Record<string, any> | null}} props */
function Erasure({ thing }) {
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const [cases, setCases] = useState("anonymise");
  const [error, setError] = useState(/** @type {unknown} */ (null));
  if (!thing) return null;
  const erase = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (typed.trim() !== thing.user_id) return setError(new ApiError(422, { detail: t.admin.eraseWrong }));
    try {
      const job = await post(path`/employees/${thing.user_id}/erasure`, { cases });
      setOpen(false);
      go(link(["configuration", "directory"], { job: job.job_id }));
    } catch (problem) {
      setError(problem);
    }
  };
  return html`
    <p><button type="button" class="plain" onClick=${() => setOpen(true)}>${t.admin.erase}</button></p>
    ${open && html`
      <${Dialog} title=${t.admin.eraseTitle(thing.name)} onClose=${() => setOpen(false)}>
        <form onSubmit=${erase}>
          <p>${t.admin.eraseText}</p>
          ${error ? refused(error) : null}
          <${Field} label=${t.admin.eraseCases}>${(/** @type {object} */ a) => html`
            <select ...${a} value=${cases} onChange=${(/** @type {any} */ event) => setCases(event.target.value)}>
              <option value="anonymise">${t.admin.eraseChoices.anonymise}</option><option value="erase">${t.admin.eraseChoices.erase}</option>
            </select>`}<//>
          <${Field} label=${t.admin.eraseConfirm} hint=${thing.user_id}>${(/** @type {object} */ a) => html`<input ...${a} required autocomplete="off" spellcheck=${false} value=${typed} onInput=${(/** @type {any} */ event) => setTyped(event.target.value)} />`}<//>
          <footer><button type="button" onClick=${() => setOpen(false)}>${t.common.cancel}</button><button class="danger">${t.admin.erase}</button></footer>
        </form>
      <//>`}`;
}
