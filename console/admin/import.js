/** Importing employees from a CSV file: small files go with the request, large ones by an upload link. */
import { post, request, upload } from "../api.js";
import { Field } from "../elements/field.js";
import { refused } from "../elements/states.js";
import { t } from "../texts.js";
import { html, useState } from "../vendor/ui.js";

/** Bytes that fit into a request (API Gateway). */
const MOST_IN_REQUEST = 4_000_000;

/** @param {{started: (job: string) => void}} props */
export function Import({ started }) {
  const [file, setFile] = useState(/** @type {File | null} */ (null));
  const [dry, setDry] = useState(true);
  const [absent, setAbsent] = useState("keep");
  const [most, setMost] = useState("");
  const [share, setShare] = useState(/** @type {number | null} */ (null));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const [missing, setMissing] = useState(false);
  const start = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setMissing(!file);
    if (!file) return;
    setError(null);
    try {
      const query = { dry_run: dry || null, absent, max_absent: absent === "block" ? most || null : null };
      const answer = file.size <= MOST_IN_REQUEST
        ? await request("POST", "/employees/imports", { query, body: file, contentType: "text/csv" })
        : await request("POST", "/employees/imports", { query, body: { upload_id: await uploaded(file) } });
      started(/** @type {any} */ (answer.data).job_id);
    } catch (problem) {
      setError(problem);
    } finally {
      setShare(null);
    }
  };
  const uploaded = async (/** @type {File} */ large) => {
    const announced = await post("/attachments", { filename: large.name.trim() || "employees.csv", content_type: "text/csv", size: large.size, purpose: "import" });
    await upload(announced, large, setShare);
    return announced.upload_id;
  };
  return html`
    <section class="panel" aria-labelledby="import-title">
      <header><h2 id="import-title">${t.admin.import}</h2></header>
      <form class="inside editor" onSubmit=${start}>
        <p>${t.admin.importText}</p>
        ${error ? refused(error) : null}
        <${Field} label=${t.admin.importFile} error=${missing && !file ? t.admin.chooseFile : null}>${(/** @type {object} */ a) => html`<input ...${a} type="file" accept=".csv,text/csv" onChange=${(/** @type {any} */ event) => setFile(event.target.files[0] ?? null)} />`}<//>
        <label class="row"><input type="checkbox" checked=${dry} onChange=${(/** @type {any} */ event) => setDry(event.target.checked)} />${t.admin.importDry}</label>
        <${Field} label=${t.admin.importAbsent}>${(/** @type {object} */ a) => html`
          <select ...${a} value=${absent} onChange=${(/** @type {any} */ event) => setAbsent(event.target.value)}>
            <option value="keep">${t.admin.absent.keep}</option><option value="block">${t.admin.absent.block}</option>
          </select>`}<//>
        ${absent === "block" && html`<${Field} label=${t.admin.maxAbsent} hint=${t.admin.maxAbsentHint}>${(/** @type {object} */ a) => html`<input ...${a} type="number" min="0" value=${most} onInput=${(/** @type {any} */ event) => setMost(event.target.value)} />`}<//>`}
        ${share !== null && html`<div class="row"><progress aria-label=${t.admin.uploading} value=${share} max="1"></progress></div>`}
        <footer class="row"><button class="primary" disabled=${share !== null}>${dry ? t.admin.importCheck : t.admin.importStart}</button></footer>
      </form>
    </section>`;
}
