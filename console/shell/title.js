/** The title of the browser's tab. */
import { t } from "../texts.js";
import { useEffect } from "../vendor/ui.js";

/** Sets the title while a view is shown. @param {string} title */
export function useTitle(title) {
  useEffect(() => {
    document.title = title ? `${title} – ${t.common.product}` : t.common.product;
  }, [title]);
}
