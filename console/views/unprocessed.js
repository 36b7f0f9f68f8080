/** Unprocessed: the queue of emails that made no case, and one of them with what can be done. */
import { UnprocessedEmail } from "../admin/email.js";
import { JobProgress } from "../admin/job_progress.js";
import { Queue } from "../admin/queue.js";
import { Empty } from "../elements/states.js";
import { address, go, link, withQuery } from "../shell/address.js";
import { refreshCounts } from "../shell/me.js";
import { useTitle } from "../shell/title.js";
import { t } from "../texts.js";
import { html, useState } from "../vendor/ui.js";

/** @param {import("../shell/pages.js").ViewProps} props */
export default function Unprocessed({ params, query }) {
  useTitle(t.admin.unprocessed);
  const id = params.id ?? null;
  const job = query.get("job");
  const [round, setRound] = useState(0);
  const changed = () => {
    setRound((n) => n + 1);
    void refreshCounts();
  };
  return html`
    <div class=${`unprocessed ${id ? "one" : ""}`}>
      ${job && html`<${JobProgress} key=${job} id=${job} onEnd=${changed} onClose=${() => go(withQuery({ job: null }), { replace: true })} />`}
      <div class="split">
        <${Queue} current=${id} query=${query} round=${round} started=${(/** @type {string} */ started) => go(link(["unprocessed"], withJob(started)))} />
        ${id
          ? html`<${UnprocessedEmail} key=${id} id=${id} changed=${changed} back=${link(["unprocessed"], query)} />`
          : html`<div class="panel beside"><${Empty} text=${t.admin.pickEmail} /></div>`}
      </div>
    </div>`;
}

/** @param {string} id */
function withJob(id) {
  const query = new URLSearchParams(address.value.query);
  query.set("job", id);
  return query;
}
