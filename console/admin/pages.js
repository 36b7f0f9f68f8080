/** A list of the API, page by page. */
import { get } from "../api.js";
import { useLoad } from "../elements/load.js";
import { Failed, Loading } from "../elements/states.js";
import { t } from "../texts.js";
import { html, useState } from "../vendor/ui.js";

/**
 * @template T
 * @typedef {{items: T[], error: unknown, loaded: boolean, again: () => void, more: (() => void) | null, loadingMore: boolean}} Pages
 */

/**
 * The first page, and further ones on demand. Changed filters begin anew.
 * @template T
 * @param {string} where
 * @param {import("../api.js").Query} [query]
 * @param {readonly unknown[]} [deps] what else makes the list load again
 * @returns {Pages<T>}
 */
export function usePages(where, query = {}, deps = []) {
  const key = JSON.stringify(query);
  const [rest, setRest] = useState(/** @type {{of: unknown, items: T[], cursor: string | null} | null} */ (null));
  const [loadingMore, setLoadingMore] = useState(false);
  const [failed, setFailed] = useState(/** @type {unknown} */ (null));
  const first = useLoad((abort) => get(where, { ...query, cursor: null }, abort), [where, key, ...deps]);
  const page = /** @type {{items: T[], next_cursor: string | null} | null} */ (first.data);
  const mine = rest && rest.of === page ? rest : null;
  const cursor = mine ? mine.cursor : page?.next_cursor ?? null;
  const more = async () => {
    setLoadingMore(true);
    setFailed(null);
    try {
      const next = /** @type {{items: T[], next_cursor: string | null}} */ (await get(where, { ...query, cursor }));
      setRest({ of: page, items: [...(mine?.items ?? []), ...next.items], cursor: next.next_cursor });
    } catch (error) {
      setFailed(error);
    } finally {
      setLoadingMore(false);
    }
  };
  return {
    items: [...(page?.items ?? []), ...(mine?.items ?? [])],
    error: first.error ?? failed,
    loaded: page !== null,
    again: first.error ? first.again : () => void more(),
    more: cursor ? () => void more() : null,
    loadingMore,
  };
}

/**
 * A list with its states: loading, failed, empty, and more to come.
 * @template T
 * @param {Pages<T>} pages
 * @param {unknown} empty what stands there when there is nothing
 * @param {(items: T[]) => unknown} show
 */
export function paged(pages, empty, show) {
  if (!pages.loaded) return pages.error ? html`<${Failed} error=${pages.error} again=${pages.again} />` : html`<${Loading} />`;
  return html`
    ${pages.items.length || pages.more ? show(pages.items) : empty}
    ${pages.error ? html`<${Failed} error=${pages.error} again=${pages.again} />` : null}
    ${pages.more && !pages.error && html`<p class="more"><button disabled=${pages.loadingMore} onClick=${pages.more}>${pages.loadingMore ? t.common.loading : t.common.showMore}</button></p>`}`;
}
