/** Our own address for answers. */
import { get, path } from "../../api.js";
import { useEffect, useState } from "../../vendor/ui.js";
import { untagged } from "../case/answering.js";
import { readList } from "./addresses.js";

/** @typedef {import("../case/shapes.js").Address} Address */
/** @typedef {import("../case/shapes.js").Entry} Entry */

/**
 * Our own address for answers, which stands in what we sent: nobody means to write to it.
 * @param {string} caseId @param {Entry[]} entries @param {(own: Set<string>) => void} known @returns {Set<string>}
 */
export function useReplyTo(caseId, entries, known) {
  const [own, setOwn] = useState(/** @type {Set<string>} */ (new Set()));
  const sent = entries.find((entry) => entry.direction === "outbound" && entry.kind !== "note");
  useEffect(() => {
    if (!sent) return;
    get(path`/cases/${caseId}/emails/${sent.email_id}`).then((whole) => {
      const header = whole.headers.find((/** @type {[string, string]} */ [name]) => name.toLowerCase() === "reply-to")?.[1] ?? "";
      const found = new Set(readList(header).map((one) => untagged(one.address)));
      setOwn(found);
      known(found);
    }, () => {});
  }, [sent?.email_id]);
  return own;
}

/** @param {Address[]} list @param {Set<string>} own @returns {Address[]} */
export function without(list, own) {
  return list.some((one) => own.has(untagged(one.address))) ? list.filter((one) => !own.has(untagged(one.address))) : list;
}
