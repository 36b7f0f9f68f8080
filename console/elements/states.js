/** What a view shows while it has nothing to show: loading, nothing there, failed. */
import { ApiError, Unreachable } from "../api.js";
import { SessionEnded } from "../signin.js";
import { t } from "../texts.js";
import { html, useEffect, useState } from "../vendor/ui.js";

/** Grey rows, after 300 ms: what comes faster does not flicker. @param {{rows?: number}} props */
export function Loading({ rows = 6 }) {
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSeen(true), 300);
    return () => clearTimeout(timer);
  }, []);
  if (!seen) return null;
  return html`<div class="loading" role="status"><span class="spoken">${t.common.loading}</span>${Array.from({ length: rows }, (_, i) => html`<i key=${i} aria-hidden="true"></i>`)}</div>`;
}

/** Nothing there, in words, and perhaps a way on. @param {{text: string, children?: any}} props */
export function Empty({ text, children }) {
  return html`<div class="empty"><p>${text}</p>${children}</div>`;
}

/** Why something could not be loaded, with **Try again**. @param {{error: unknown, again: () => void}} props */
export function Failed({ error, again }) {
  return html`
    <div class="notice bad icon alert" role="alert">
      <span>${inWords(error)}</span>
      ${!(error instanceof SessionEnded) && html`<button type="button" onClick=${again}>${t.common.tryAgain}</button>`}
    </div>`;
}

/** What a field chooses from, while it loads and if it cannot be loaded. @param {{of: {data: unknown, error: unknown, again: () => void}}} props of: from useLoad */
export function Choices({ of }) {
  if (of.data) return null;
  return of.error ? html`<${Failed} error=${of.error} again=${of.again} />` : html`<${Loading} rows=${1} />`;
}

/** Why something was not done, read aloud at once. To try again, there is the form around it. @param {unknown} error */
export function refused(error) {
  return html`<p class="notice bad icon alert" role="alert"><span>${inWords(error)}</span></p>`;
}

/** An error in words for the person in front of the page. @param {unknown} error @returns {string} */
export function inWords(error) {
  if (error instanceof Unreachable) return t.common.unreachable;
  if (error instanceof SessionEnded) return t.common.sessionEnded;
  if (error instanceof ApiError) return error.status === 404 ? t.common.notFound : error.message;
  return t.common.failed;
}
