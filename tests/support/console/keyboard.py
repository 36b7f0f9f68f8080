"""Somebody who uses the page by the keyboard alone, and sees where the focus is."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

MOST_TABS = 120

_FOCUSED = """() => {
  const element = document.activeElement;
  if (!element || element === document.body) return { name: "", seen: true };
  const by = document.getElementById(element.getAttribute("aria-labelledby") ?? "");
  const names = [element.getAttribute("aria-label"), by?.textContent, element.labels?.[0]?.textContent];
  const name = names.find(Boolean) ?? element.textContent ?? "";
  const box = element.getBoundingClientRect();
  const outlined = (one) => {
    const style = getComputedStyle(one);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  };
  // Rows and fields are marked as a whole; the browser marks the part of a date.
  const field = element.closest(".composer .field");
  const barred = field && getComputedStyle(field).boxShadow !== "none";
  const around = [...document.querySelectorAll(":has(:focus-visible)")].some(outlined);
  const marked = outlined(element) || around || barred || element.type === "date";
  const across = box.width > 0 && box.right > 0 && box.left < innerWidth;
  const inSight = across && box.height > 0 && box.bottom > 0 && box.top < innerHeight;
  const place = `${element.tagName.toLowerCase()}.${element.className}`;
  return { name: name.trim().replace(/\\s+/g, " "), seen: marked && inSight, marked, inSight, place };
}"""


_DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"


@dataclass
class Keyboard:
    """Presses keys, and fails if the focus is somewhere that nobody sees."""

    page: Page

    def focused(self) -> str:
        """The name of what has the focus. Fails if the focus cannot be seen."""
        found = self.page.evaluate(_FOCUSED)
        assert found["seen"], f"the focus is not visible: {found}"
        return str(found["name"])

    def to(self, name: str, *, back: bool = False) -> None:
        """Tab, until something with this name has the focus; a number may be behind it. Everything on the way has a
        visible focus."""
        passed = []
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Shift+Tab" if back else "Tab")
            here = self.focused()
            if re.fullmatch(rf"{re.escape(name)}( \d+)?", here) or (name.endswith("…") and here.startswith(name[:-1])):
                return
            passed.append(here)
        raise AssertionError(f"{name} is not reached by Tab, only {passed}")

    def press(self, *keys: str) -> None:
        """Presses keys one after the other, as slowly as the page is drawn anew. People are slower."""
        for key in keys:
            self.page.keyboard.press(key)
            self.page.evaluate(_DRAWN)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def do(self, name: str, key: str = "Enter") -> None:
        """Goes to something and presses a key on it."""
        self.to(name)
        self.press(key)

    def leaves(self, window: Locator, name: str) -> None:
        """Escape closes the window, and the focus is back where it was opened."""
        expect(window).to_be_visible()
        self.press("Escape")
        expect(window).to_have_count(0)
        assert self.focused() == name
