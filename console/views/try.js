/** Try an email: what would become of it, and why, without anything happening. */
import { trialResult } from "../admin/trial.js";
import { all, post, request, upload } from "../api.js";
import { Field } from "../elements/field.js";
import { notice, size } from "../elements/labels.js";
import { announce } from "../elements/live.js";
import { useLoad } from "../elements/load.js";
import { Choices, refused } from "../elements/states.js";
import { go, link } from "../shell/address.js";
import { useTitle } from "../shell/title.js";
import { t } from "../texts.js";
import { html, useRef, useState } from "../vendor/ui.js";

/** Bytes that fit into a request (API Gateway); larger files are uploaded first. */
const MOST_IN_REQUEST = 4_000_000;

/** What SES takes at most. */
const MOST = 40 * 1024 * 1024;

const CHECKS = /** @type {const} */ (["spam", "virus", "spf", "dkim", "dmarc"]);

/** @typedef {import("../admin/trial.js").Trial} Trial */

/** @param {import("../shell/pages.js").ViewProps} props */
export default function TryAnEmail({ query }) {
  useTitle(t.admin.tryAnEmail);
  const unprocessed = query.get("unprocessed");
  const [file, setFile] = useState(/** @type {File | null} */ (null));
  const [target, setTarget] = useState("");
  const [verdicts, setVerdicts] = useState(/** @type {Record<string, string>} */ ({}));
  const [trial, setTrial] = useState(/** @type {Trial | null} */ (null));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const [busy, setBusy] = useState(false);
  const [share, setShare] = useState(/** @type {number | null} */ (null));
  const [over, setOver] = useState(false);
  const [wrong, setWrong] = useState(/** @type {string | null} */ (null));
  const mailboxes = useLoad(() => all("/mailboxes"), []);
  const result = useRef(/** @type {HTMLElement | null} */ (null));

  const take = (/** @type {File | undefined} */ one) => {
    setFile(one ?? null);
    setTrial(null);
    setError(null);
    setWrong(!one ? null : one.size > MOST ? t.admin.tooLargeToTry : one.size === 0 ? t.admin.emptyFile : null);
    if (one && unprocessed) go(link(["try"]), { replace: true });
  };
  const run = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!file && !unprocessed) return setWrong(t.admin.chooseFile);
    if (wrong) return;
    setBusy(true);
    setError(null);
    try {
      const found = await tried();
      setTrial(found);
      announce(t.admin.wouldBe[found.outcome]);
      requestAnimationFrame(() => result.current?.focus());
    } catch (problem) {
      setTrial(null);
      setError(problem);
    } finally {
      setBusy(false);
      setShare(null);
    }
  };
  /** @returns {Promise<Trial>} */
  const tried = async () => {
    const where = target === "ad_hoc" ? { channel: "ad_hoc" } : target ? { mailbox: target } : {};
    const assumed = Object.fromEntries(Object.entries(verdicts).filter(([, value]) => value));
    const assume = Object.keys(assumed).length ? { assume: { verdicts: assumed } } : {};
    if (file && file.size <= MOST_IN_REQUEST && !("assume" in assume)) return /** @type {any} */ (await request("POST", "/try", { query: where, body: file, contentType: "message/rfc822" })).data;
    if (!file) return post("/try", { unprocessed_id: unprocessed, ...where, ...assume });
    const announced = await post("/attachments", { filename: file.name.trim() || "email.eml", content_type: "message/rfc822", size: file.size, purpose: "try" });
    await upload(announced, file, setShare);
    return post("/try", { upload_id: announced.upload_id, ...where, ...assume });
  };
  const drop = {
    onDragOver: (/** @type {Event} */ event) => { event.preventDefault(); setOver(true); },
    onDragLeave: () => setOver(false),
    onDrop: (/** @type {DragEvent} */ event) => { event.preventDefault(); setOver(false); take(event.dataTransfer?.files[0]); },
  };

  return html`
    <div class="bar"><h1>${t.admin.tryAnEmail}</h1></div>
    <p class="quiet lead">${t.admin.tryIntro}</p>
    <form class="panel try" onSubmit=${run}>
      <div class="inside editor">
        ${unprocessed && notice(html`${t.admin.tryUnprocessed}: <a class="mono" href=${link(["unprocessed", unprocessed])}>${unprocessed}</a>`)}
        <div class=${`drop ${over ? "over" : ""}`} ...${drop}>
          <${Field} label=${t.admin.emlFile} hint=${file ? `${file.name}, ${size(file.size)}` : `${t.admin.dropHere}. ${t.admin.emlHint}`} error=${wrong}>${(/** @type {object} */ a) => html`
            <input ...${a} type="file" accept=".eml,message/rfc822" onChange=${(/** @type {any} */ event) => take(event.target.files[0])} />`}<//>
        </div>
        <${Choices} of=${mailboxes} />
        <${Field} label=${t.admin.tryFor}>${(/** @type {object} */ a) => html`
          <select ...${a} value=${target} onChange=${(/** @type {any} */ event) => setTarget(event.target.value)}>
            <option value="">${t.admin.tryByEmail}</option>
            ${(mailboxes.data ?? []).map((one) => html`<option key=${one.address} value=${one.address}>${one.address}</option>`)}
            <option value="ad_hoc">${t.admin.tryAdHoc}</option>
          </select>`}<//>
        <details><summary>${t.admin.assumeVerdicts}</summary>
          <p class="quiet">${t.admin.verdictsAsFound}</p>
          <div class="row verdicts">${CHECKS.map((name) => html`
            <${Field} key=${name} label=${t.admin.verdictNames[name]}>${(/** @type {object} */ a) => html`
              <select ...${a} value=${verdicts[name] ?? ""} onChange=${(/** @type {any} */ event) => setVerdicts({ ...verdicts, [name]: event.target.value })}>
                <option value="">–</option>${Object.entries(t.admin.verdicts).map(([code, words]) => html`<option key=${code} value=${code}>${words}</option>`)}
              </select>`}<//>`)}</div>
        </details>
        ${share !== null && html`<progress aria-label=${t.admin.uploading} value=${share} max="1"></progress>`}
        ${error ? refused(error) : null}
        <footer class="row"><button class="primary" disabled=${busy}>${t.admin.tryIt}</button></footer>
      </div>
    </form>
    ${trial && html`<section ref=${result} tabindex="-1" class="panel trial" aria-label=${t.admin.result}>${trialResult(trial)}</section>`}`;
}
