/** What has to be mended before the server is asked to send. */
import { t } from "../../texts.js";
import { isAddress } from "./addresses.js";

/** @typedef {import("../case/drafts.js").Draft} Draft */

/** What has to be mended before the server is asked. @param {Draft} draft @param {import("./files.js").File_[]} files @param {Set<string>} pictures @returns {Record<string, string>} */
export function faultsOf(draft, files, pictures) {
  /** @type {Record<string, string>} */ const faults = {};
  if (![...draft.to, ...draft.cc, ...draft.bcc].length) faults.to = t.agent.noRecipients;
  for (const field of /** @type {const} */ (["to", "cc", "bcc"])) {
    const bad = draft[field].filter((one) => !isAddress(one.address));
    if (bad.length) faults[field] = t.agent.notAddresses(bad.map((one) => one.address));
  }
  if (!draft.text.trim() && pictures.size === 0) faults.text = t.agent.noMessage;
  const used = files.filter((file) => !file.content_id || pictures.has(file.content_id));
  if (used.some((file) => file.error)) faults.attachments = t.agent.filesFailed;
  else if (used.some((file) => !file.upload_id)) faults.attachments = t.agent.filesNotYet;
  return faults;
}
