/** Who else has this case open, and whether they are answering. The server forgets it after 60 seconds. */
import { path, request } from "../../api.js";
import { When } from "../../elements/dates.js";
import { initials } from "../../elements/labels.js";
import { usePoll } from "../../elements/load.js";
import { t } from "../../texts.js";
import { html, useEffect, useState } from "../../vendor/ui.js";

/** @typedef {{user: string, name: string | null, doing: "viewing" | "answering", since: string}} Other */

const EVERY = 15_000;

/** Says what we do, and learns what others do. @param {string} id @param {boolean} answering @returns {Other[]} */
export function usePresence(id, answering) {
  const [others, setOthers] = useState(/** @type {Other[]} */ ([]));
  const tell = () => {
    request("PUT", path`/cases/${id}/presence`, { body: { doing: answering ? "answering" : "viewing" } }).then(
      ({ data }) => setOthers((before) => (JSON.stringify(before) === JSON.stringify(data.others) ? before : data.others)),
      () => setOthers([]),
    );
  };
  useEffect(tell, [id, answering]);
  usePoll(tell, EVERY);
  return others;
}

/** @param {Other[]} others */
export function presenceLine(others) {
  return html`
    <div role="status" class="presence">
      ${others.map((other) => html`
        <p key=${other.user} class=${`notice ${other.doing === "answering" ? "warn" : "turn"}`}>
          <span class="face" aria-hidden="true">${initials(other.name || other.user)}</span>
          <span>${other.doing === "answering" ? t.agent.isAnswering(other.name || other.user) : t.agent.isViewing(other.name || other.user)} <span class="quiet"><${When} at=${other.since} /></span></span>
        </p>`)}
    </div>`;
}
