/** The view of the current address: loads its module, and shows why there is none. */
import { Empty, Failed, Loading } from "../elements/states.js";
import { configuration } from "../configuration.js";
import { t } from "../texts.js";
import { Component, html, signal, useEffect, useState } from "../vendor/ui.js";
import { address, go, link } from "./address.js";
import { isAdmin, isAgent, me } from "./me.js";
import { pageOf } from "./pages.js";

/** Whether a module could not be loaded: the server has a newer console. */
export const newVersion = signal(false);

export function CurrentView() {
  const { parts, query } = address.value;
  const found = pageOf(parts);
  const [views, setViews] = useState(/** @type {Map<unknown, import("./pages.js").View>} */ (new Map()));
  const load = found?.page.load;
  const allowed = found && may(found.page.needs);
  useEffect(() => {
    if (parts.length === 0) go(link(["cases"]), { replace: true });
  }, [parts.join("/")]);
  // Another view begins at its top; another email beside the same list leaves the list where it is.
  useEffect(() => { scrollTo(0, 0); }, [found?.key]);
  useEffect(() => {
    if (!load || !allowed || views.has(load)) return;
    load().then(
      (module) => setViews((before) => new Map(before).set(load, module.default)),
      () => { newVersion.value = navigator.onLine; },
    );
  }, [load, allowed]);
  if (me.value && !isAgent() && found?.page.needs !== "local") return html`<${Empty} text=${t.common.noRole}><p>${t.common.noRoleAdvice}</p><//>`;
  if (!found) return parts.length ? html`<${NotFound} />` : null;
  if (!allowed) return html`<${Empty} text=${found.page.needs === "admin" ? t.common.adminOnly : t.common.notFound}><p><a href=${link(["cases"])}>${t.common.toCases}</a></p><//>`;
  const View = views.get(load);
  if (!View) return newVersion.value ? null : html`<${Loading} />`;
  return html`<${Guard} key=${found.key}><${View} params=${found.params} query=${query} /><//>`;
}

export function NotFound() {
  return html`<${Empty} text=${t.common.notFound}><p><a href=${link(["cases"])}>${t.common.toCases}</a></p><//>`;
}

/** @param {"agent" | "admin" | "local"} needs */
function may(needs) {
  if (needs === "local") return configuration.local;
  return needs === "admin" ? isAdmin() : isAgent();
}

/** Keeps an error in one view from taking the whole page away. */
class Guard extends Component {
  state = { error: /** @type {unknown} */ (null) };

  /** @param {unknown} error */
  componentDidCatch(error) {
    console.error(error);
    this.setState({ error });
  }

  render() {
    if (this.state.error) return html`<${Failed} error=${this.state.error} again=${() => this.setState({ error: null })} />`;
    return /** @type {any} */ (this.props).children;
  }
}
