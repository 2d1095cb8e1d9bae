"""axe-core for a page under test: installed into this folder by npm, loaded into the page without network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
RUN = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations.map(v => ({
    id: v.id, impact: v.impact, help: v.help,
    nodes: v.nodes.map(n => [n.target.join(' '), n.failureSummary].join(': ')),
}))"""


def violations(page: Page) -> list[dict[str, Any]]:
    """What axe finds wrong with the page, all impacts; skips the test where axe is not installed."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed: run `npm ci` in tests/browser")
    # Through the debugger, not a <script> tag: the page's content policy forbids those.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate(RUN)
    return found
