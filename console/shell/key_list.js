/** The list of keys that `?` shows. */
import { Dialog } from "../elements/dialog.js";
import { t } from "../texts.js";
import { html, signal } from "../vendor/ui.js";
import { keys, useKeys } from "./keys.js";

export const keysShown = signal(false);

const NAMES = /** @type {Record<string, string>} */ ({ ArrowDown: "↓", ArrowUp: "↑" });

export function KeyList() {
  useKeys([{ key: "?", label: t.common.keyHelp, run: () => { keysShown.value = true; } }]);
  if (!keysShown.value) return null;
  return html`
    <${Dialog} title=${t.common.keysTitle} onClose=${() => { keysShown.value = false; }}>
      <dl class="facts">
        ${keys.value.map((each) => html`<dt key=${each.key}><kbd>${NAMES[each.key] ?? each.key}</kbd></dt><dd>${each.label}</dd>`)}
        <dt><kbd>Ctrl</kbd> <kbd>Enter</kbd></dt><dd>${t.common.keySend}</dd>
      </dl>
    <//>`;
}
