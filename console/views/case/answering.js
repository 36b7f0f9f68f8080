/** Which email a reply answers, to whom it goes, and with which subject. Pure. */

/** @typedef {import("./shapes.js").Address} Address */
/** @typedef {import("./shapes.js").Case} Case */
/** @typedef {import("./shapes.js").Entry} Entry */

/** Prefixes of replies in the languages that we meet most. The server knows more: it threads by ids, not by subjects. */
const PREFIX = /^\s*((re|aw|sv|vs|antw|odp|ynt|rif|ref|réf|tr|fw|fwd|wg)(\[\d+\])?\s*[:：]\s*)+/i;
const TAG = /\s*[[(【]?#?[0-9A-Z]{10}\s*[-–]\s*[0-9a-z]{6}[\])】]?\s*/gi;

/** Addresses that take no replies, such as no-reply@, donotreply@ and no_reply+123@. */
const NOBODY_READS = /^(no|do[-_.]?not)[-_.]?reply\b/i;

/** The entry that a reply from the toolbar answers: the newest email of a person, else our newest. @param {Entry[]} entries newest first @returns {Entry | null} */
export function answerable(entries) {
  const emails = entries.filter((entry) => entry.kind === "normal" && entry.direction !== "internal");
  return emails.find((entry) => entry.direction === "inbound") ?? emails[0] ?? null;
}

/** "Re: ..." without what earlier replies put there. The server adds the case's reference. @param {string} subject */
export function replySubject(subject) {
  const bare = subject.replace(TAG, " ").replace(PREFIX, "").replace(/\s+/g, " ").trim();
  return `Re: ${bare}`;
}

/** Addresses of ours: an answer to all leaves them out. @param {Case} one @param {Entry[]} entries @returns {Set<string>} without their tags */
export function ownAddresses(one, entries) {
  const own = new Set([one.mailbox].filter((address) => address !== null).map(untagged));
  for (const entry of entries) {
    if (entry.direction !== "outbound") continue;
    for (const address of [entry.from, ...entry.reply_to]) if (address) own.add(untagged(address.address));
  }
  return own;
}

/** "mailbox+tag@x" is "mailbox@x". @param {string} address */
export function untagged(address) {
  return lower(address).replace(/\+[^@]*@/, "@");
}

/**
 * @param {"reply" | "reply_all"} mode @param {Entry} entry @param {Case} one @param {Entry[]} entries
 * @returns {{to: Address[], cc: Address[]}}
 */
export function replyRecipients(mode, entry, one, entries) {
  const own = ownAddresses(one, entries);
  const others = (/** @type {Address[]} */ list) => unique(list).filter((address) => !own.has(untagged(address.address)));
  const direct = entry.direction === "outbound" ? entry.to : entry.reply_to.length ? entry.reply_to : entry.from ? [entry.from] : [];
  const found = entry.direction === "outbound" ? unique(direct) : others(direct);
  // A form writes from an address that nobody reads. Its answer is for the employee.
  const employee = one.employee?.email && found.every(({ address }) => NOBODY_READS.test(address)) ? [{ name: one.employee.name, address: one.employee.email }] : null;
  const to = employee ?? found;
  if (mode === "reply") return { to, cc: [] };
  const here = new Set(to.map((address) => lower(address.address)));
  const more = entry.direction === "outbound" ? entry.cc : [...entry.to, ...entry.cc];
  return { to, cc: others(more).filter((address) => !here.has(lower(address.address))) };
}

/** The sender's address, if a reply would go to another domain. @param {Entry} entry @returns {{from: Address, replyTo: Address} | null} */
export function otherDomain(entry) {
  const replyTo = entry.reply_to[0];
  if (entry.direction !== "inbound" || !entry.from || !replyTo) return null;
  return domain(replyTo.address) === domain(entry.from.address) ? null : { from: entry.from, replyTo };
}

/** Everybody in the case, each once, the newest first. @param {Case} one @param {Entry[]} entries @returns {Address[]} */
export function participants(one, entries) {
  /** @type {Address[]} */ const all = [];
  for (const person of [one.employee, one.regarding]) if (person?.email) all.push({ name: person.name, address: person.email });
  for (const entry of entries) all.push(...[entry.from, ...entry.reply_to, ...entry.to, ...entry.cc, ...(entry.bcc ?? [])].filter((address) => address !== null));
  const own = ownAddresses(one, entries);
  return unique(all).filter((address) => !own.has(untagged(address.address)));
}

/** @param {Address[]} list @returns {Address[]} */
function unique(list) {
  /** @type {Map<string, Address>} */ const found = new Map();
  for (const address of list) {
    const before = found.get(lower(address.address));
    if (!before) found.set(lower(address.address), address);
    else if (!before.name && address.name) found.set(lower(address.address), { ...before, name: address.name });
  }
  return [...found.values()];
}

/** @param {string} text */
function lower(text) {
  return text.toLowerCase();
}

/** @param {string} address */
function domain(address) {
  return lower(address).split("@").at(-1) ?? "";
}
