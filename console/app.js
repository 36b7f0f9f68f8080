/** The start of the console: signs in, loads the texts and who is here, shows the page. */
import { ApiError } from "./api.js";
import { inWords } from "./elements/states.js";
import { go } from "./shell/address.js";
import { Frame } from "./shell/frame.js";
import { loadMe, me, watchCounts } from "./shell/me.js";
import { showTheme } from "./shell/theme.js";
import { SessionEnded, SignInFailed, finishSignIn, returning, sessionEnded, signIn, signedIn } from "./signin.js";
import { loadTexts, t } from "./texts.js";
import { html, render } from "./vendor/ui.js";

/** @param {unknown} view */
const show = (view) => render(/** @type {any} */ (view), document.body);

async function start() {
  showTheme();
  await loadTexts();
  if (new URLSearchParams(location.search).has("signed-out")) return show(message(t.common.signedOut, t.common.signIn, () => signIn("")));
  if (returning()) {
    if (!await finishSignIn()) return signIn();
    go(location.hash || "#/", { replace: true });
  }
  if (!signedIn()) return signIn();
  return enter();
}

/** Shows the page to somebody who is signed in. A session that ended before anything was shown leads to the sign-in. */
async function enter() {
  try {
    await loadMe();
  } catch (error) {
    if (error instanceof SessionEnded) {
      sessionEnded.value = false;
      return signIn();
    }
    // Signed in, but without a role.
    if (error instanceof ApiError && error.status === 403) me.value = { user: "", name: "", roles: [], service_groups: [], signature: null };
    else return show(message(inWords(error), t.common.tryAgain, () => location.reload()));
  }
  show(html`<${Frame} />`);
  if (me.value?.roles.length) watchCounts();
}

/** @param {string} text @param {string} action @param {() => void} run */
function message(text, action, run) {
  return html`<main class="alone"><h1>${t.common.product}</h1><p role="alert">${text}</p><button class="primary" onClick=${run}>${action}</button></main>`;
}

start().catch((error) => {
  if (error instanceof SignInFailed) show(message(`${t.common.signInFailed} ${t.common.signInAdvice(error.message)}`, t.common.signIn, () => signIn()));
  else {
    show(message(t.common ? t.common.noSignIn : String(error), t.common?.tryAgain ?? "Try again", () => location.reload()));
    console.warn(error);
  }
});
