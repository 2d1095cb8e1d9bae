"""What a test does to the widget, in the words of a shopper."""

from __future__ import annotations

import io
import re
from typing import Any

from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page, expect

OPEN = re.compile("^(Open the chat|Ouvrir la discussion)")
CLOSE = re.compile("^(Close the chat|Fermer la discussion)")


def picture(
    name: str = "mug.jpg", *, size: tuple[int, int] = (640, 480), colour: str = "#446aa8", **save: Any
) -> FilePayload:
    """A JPEG to upload; `save` goes to Pillow (exif, quality)."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG", **save)
    return {"name": name, "mimeType": "image/jpeg", "buffer": out.getvalue()}


class WidgetPage:
    """The widget in one tab."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.host = page.locator("retour-chat")
        self.launcher = page.get_by_role("button", name=OPEN)
        self.panel = page.get_by_role("dialog")
        self.log = page.get_by_role("log")
        self.field = self.panel.get_by_role("textbox")
        self.alert = self.panel.get_by_role("alert")
        self.thumbs = self.panel.locator(".item")
        self.pending = self.log.locator(".m.pending")

    def open(self) -> WidgetPage:
        self.launcher.click()
        expect(self.panel).to_be_visible()
        return self

    def close(self) -> None:
        self.panel.get_by_role("button", name=CLOSE).click()
        expect(self.panel).to_be_hidden()

    def send(self, text: str) -> None:
        self.field.fill(text)
        self.field.press("Enter")

    def bubbles(self, origin: str = "shopper") -> Locator:
        """The messages of one side."""
        return self.log.locator(f".m.{origin} .b")

    def answer(self, title: str) -> Locator:
        """A suggested answer by its title."""
        return self.log.get_by_role("button", name=title)

    def add(self, *files: FilePayload) -> None:
        self.host.locator("input[type=file]").set_input_files(list(files))

    def band(self) -> Locator:
        return self.panel.get_by_role("status")
