/**
 * Requests to the API. A problem document (RFC 9457) becomes an ApiError; a 401 is answered with one renewal of the
 * session; a request that does not reach the server turns `offline` on.
 */
import { problemWords, said } from "./said.js";
import { SessionEnded, accessToken, ended, renew } from "./signin.js";
import { t } from "./texts.js";
import { signal } from "./vendor/ui.js";

/**
 * @typedef {Record<string, string | number | boolean | null | undefined>} Query
 * @typedef {object} Options
 * @property {Query} [query] values that are null, undefined or empty are left out
 * @property {unknown} [body] sent as JSON; a Blob or a text is sent as it is
 * @property {string} [contentType] of a body that is not JSON
 * @property {string} [ifMatch] ETag of what is changed, or "*"
 * @property {string} [ifNoneMatch] ETag of what is known: the answer may be 304
 * @property {string} [idempotencyKey]
 * @property {AbortSignal} [signal]
 */

/**
 * @template T
 * @typedef {{status: number, data: T, etag: string | null}} Answer data is null with 204 and 304
 */

/** What the API refused, in the reader's language. `errors` names the fields of bad input; `problem` is the whole document. */
export class ApiError extends Error {
  /** @param {number} status @param {Record<string, any>} problem */
  constructor(status, problem) {
    super(refusal(status, problem));
    this.status = status;
    this.problem = problem;
    this.errors = /** @type {{field: string, message: string}[]} */ (problem.errors ?? []).map(({ field, message }) => ({ field, message: said(message) }));
  }

  /** The last part of the problem's type, such as "infected". */
  get kind() {
    return kindOf(this.problem);
  }

  /** What the API says about one field, if anything. @param {string} field */
  of(field) {
    return this.errors.find((error) => error.field === field)?.message ?? null;
  }
}

/** @param {Record<string, any>} problem */
function kindOf(problem) {
  return String(problem.type ?? "").split(/[/:#]/).at(-1) ?? "";
}

/** Without a problem document, the answer is not the API's: it did not get so far. @param {number} status @param {Record<string, any>} problem @returns {string} */
function refusal(status, problem) {
  const words = problemWords(kindOf(problem), problem.detail ?? "");
  if (!words) return status >= 500 || status === 429 ? t.common.serverBusy : t.common.refused(status);
  return problem.request_id ? `${words} ${t.common.requestId(problem.request_id)}` : words;
}

/** The request did not reach the server, or its answer did not reach us. */
export class Unreachable extends Error {}

/** Whether the last request failed to reach the server. */
export const offline = signal(!navigator.onLine);
addEventListener("online", () => { offline.value = false; });
addEventListener("offline", () => { offline.value = true; });

/**
 * One request. Raises ApiError, Unreachable or SessionEnded.
 * @template [T=any]
 * @param {string} method
 * @param {string} path
 * @param {Options} [options]
 * @returns {Promise<Answer<T>>}
 */
export async function request(method, path, options = {}) {
  let response = await sendWith(await token(), method, path, options);
  if (response.status === 401) {
    await reached(renew());
    response = await sendWith(await token(), method, path, options);
    if (response.status === 401) throw ended();
  }
  const text = await reached(response.text());
  const data = text ? parsed(text) : null;
  if (!response.ok && response.status !== 304) throw new ApiError(response.status, data ?? {});
  return { status: response.status, data, etag: response.headers.get("etag") };
}

/** The data of a GET. @template [T=any] @param {string} path @param {Query} [query] @param {AbortSignal} [abort] @returns {Promise<T>} */
export async function get(path, query, abort) {
  return (await request("GET", path, { query, signal: abort })).data;
}

/** The data that a POST answers. @template [T=any] @param {string} path @param {unknown} [body] @param {Options} [options] @returns {Promise<T>} */
export async function post(path, body = {}, options = {}) {
  return (await request("POST", path, { ...options, body })).data;
}

/** The path of an API resource, its parts encoded: path`/cases/${id}/emails`. @param {TemplateStringsArray} strings @param {...(string | number)} parts */
export function path(strings, ...parts) {
  return strings.reduce((all, text, i) => all + encodeURIComponent(String(parts[i - 1])) + text);
}

/** All of a list, page by page. Only for short lists, such as topics. @template [T=any] @param {string} where @param {Query} [query] @returns {Promise<T[]>} */
export async function all(where, query = {}) {
  /** @type {T[]} */ const items = [];
  for (let cursor = /** @type {string | null} */ (null); ;) {
    /** @type {{items: T[], next_cursor: string | null}} */
    const page = await get(where, { limit: 200, ...query, cursor });
    items.push(...page.items);
    cursor = page.next_cursor;
    if (!cursor) return items;
  }
}

async function token() {
  return reached(accessToken());
}

/** @param {string} bearer @param {string} method @param {string} where @param {Options} options */
function sendWith(bearer, method, where, { query = {}, body, contentType, ifMatch, ifNoneMatch, idempotencyKey, signal: abort }) {
  const url = new URL(where, location.origin);
  for (const [name, value] of Object.entries(query)) if (value !== null && value !== undefined && value !== "") url.searchParams.set(name, String(value));
  /** @type {Record<string, string>} */
  const headers = { authorization: `Bearer ${bearer}`, accept: "application/json" };
  if (body !== undefined) headers["content-type"] = contentType ?? "application/json";
  if (ifMatch) headers["if-match"] = ifMatch;
  if (ifNoneMatch) headers["if-none-match"] = ifNoneMatch;
  if (idempotencyKey) headers["idempotency-key"] = idempotencyKey;
  const plain = body instanceof Blob || typeof body === "string";
  const sent = body === undefined ? undefined : plain ? body : JSON.stringify(body);
  return reached(fetch(url, { method, headers, body: sent, signal: abort, cache: "no-store" }));
}

/** @template T @param {Promise<T>} waiting @returns {Promise<T>} */
async function reached(waiting) {
  try {
    const value = await waiting;
    offline.value = false;
    return value;
  } catch (error) {
    if (error instanceof SessionEnded || (error instanceof DOMException && error.name === "AbortError")) throw error;
    offline.value = true;
    throw new Unreachable(String(error));
  }
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return { detail: text.slice(0, 200) };
  }
}

/**
 * Uploads a file to a signed link (POST /attachments) and says how far it is. Raises Unreachable, ApiError, or AbortError.
 * @param {{url: string, method: string, headers: Record<string, string>}} link
 * @param {Blob} file
 * @param {(share: number) => void} progress from 0 to 1
 * @param {AbortSignal} [abort]
 * @returns {Promise<void>}
 */
export function upload(link, file, progress, abort) {
  return new Promise((resolve, reject) => {
    const sending = new XMLHttpRequest();
    sending.open(link.method, link.url);
    for (const [name, value] of Object.entries(link.headers)) if (!/^(host|content-length)$/i.test(name)) sending.setRequestHeader(name, value);
    sending.upload.onprogress = (event) => { if (event.lengthComputable) progress(event.loaded / event.total); };
    sending.onload = () => (sending.status < 300 ? resolve() : reject(new ApiError(sending.status, { detail: t.common.fileStore(sending.status) })));
    sending.onerror = () => reject(new Unreachable("upload"));
    sending.onabort = () => reject(new DOMException("Aborted", "AbortError"));
    abort?.addEventListener("abort", () => sending.abort());
    sending.send(file);
  });
}
