/** The composer, loaded when it is first needed; and the line that says that a draft is kept. */
import { Failed, Loading } from "../../elements/states.js";
import { newVersion } from "../../shell/view.js";
import { html, useEffect, useState } from "../../vendor/ui.js";
import { draftKept, forgetOldDrafts } from "./drafts.js";
import { outgoing } from "./outgoing.js";
import { t } from "../../texts.js";
import { When } from "../../elements/dates.js";

const load = () => import("../composer/composer.js");

/** @param {{waiting?: boolean, [name: string]: any}} props */
export function LazyComposer({ waiting = false, ...props }) {
  const [module, setModule] = useState(/** @type {any} */ (null));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (waiting) return;
    load().then(setModule, (problem) => { newVersion.value = navigator.onLine; setError(problem); });
  }, [waiting, round]);
  if (waiting) return html`<${KeptDraft} ...${props} />`;
  if (error) return html`<${Failed} error=${error} again=${() => { setError(null); setRound((n) => n + 1); }} />`;
  if (!module) return html`<div class="panel composer"><${Loading} rows=${5} /></div>`;
  return html`<${module.Composer} ...${props} />`;
}

/** @param {any} props */
function KeptDraft({ one, onOpen }) {
  useEffect(() => forgetOldDrafts(), []);
  const draft = draftKept(one.case_id), sending = outgoing.value[one.case_id];
  if (!draft) return null;
  if (sending && sending.stage !== "failed") return html`<p class="notice turn" role="status"><span>${sending.stage === "waiting" ? t.agent.aboutToGo : t.agent.beingSent}</span></p>`;
  return html`
    <p class=${`notice ${sending ? "bad icon alert" : "turn"}`}><span>${sending ? t.agent.draftNotSent : t.agent.draftKept} <${When} at=${draft.at} /></span> <button onClick=${onOpen}>${t.agent.goOnWriting}</button></p>`;
}
