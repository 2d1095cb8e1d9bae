"""A shopper in a real browser: the same verbs as `tests.shopper.Shopper`, through the widget."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page

from tests.browser.widget_page import WidgetPage

Message = dict[str, Any]

_READ = """log => [...log.querySelectorAll('.m')].filter(m => !m.classList.contains('pending')).map(m => ({
  from: [...m.classList].find(c => ['bot', 'shopper', 'agent', 'system'].includes(c)),
  text: m.querySelector('.b')?.textContent ?? '',
  buttons: [...m.querySelectorAll('.qr button')].map(b => ({title: b.textContent, open: !b.disabled})),
  photos: m.querySelectorAll('.pic').length,
  attachments: [...m.querySelectorAll('a.card')].map(a => ({url: a.href, title: a.textContent})),
}))"""


class BrowserShopper:
    """Holds a conversation through the widget of one page."""

    def __init__(self, page: Page, language: str) -> None:
        self.page = page
        self.language = language
        self.widget = WidgetPage(page)
        self.seen: list[Message] = []

    def open(self, address: str) -> BrowserShopper:
        self.page.goto(f"{address}/?lang={self.language}")
        self.widget.open()
        return self

    def say(self, text: str) -> None:
        self.widget.send(text)

    def choose(self, title: str) -> None:
        pattern = re.compile(title, re.IGNORECASE)
        self.widget.log.locator(".qr button:enabled").filter(has_text=pattern).last.click()

    def send_photos(self, *pictures: bytes, text: str | None = None) -> None:
        self.widget.add(
            *({"name": f"photo{n}.jpg", "mimeType": "image/jpeg", "buffer": data} for n, data in enumerate(pictures))
        )
        self.widget.panel.locator(".item.done").nth(len(pictures) - 1).wait_for(timeout=30_000)
        if text:
            self.widget.field.fill(text)
        self.widget.panel.locator("button.send").click()

    def receive(self, *, wait: int = 0) -> list[Message]:
        """What the log shows now; with `wait`, gives new messages that many seconds to appear."""
        before = len(self.seen)
        for _ in range(max(1, wait * 10)):
            shown: list[Message] = self.widget.log.evaluate(_READ)
            if len(shown) > before or not wait:
                break
            self.page.wait_for_timeout(100)
        self.seen = shown
        return shown[before:]

    def transcript(self) -> str:
        lines = []
        for message in self.seen:
            buttons = "".join(f" [{button['title']}]" for button in message["buttons"])
            lines.append(f"{message['from'] or '?':<8} {message['text']}{buttons}")
        return "\n".join(lines)
