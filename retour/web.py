"""The public server: the edge, the supplier's and the documents' pages and the console in one Sanic process."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

from sanic import Sanic
from sqlalchemy.orm import Session

from actions.bootstrap import build_runtime
from actions.cases.progress import supplier_progress
from actions.documents.web import blueprint as documents
from actions.refunds.news.webhook import blueprint as payments
from actions.runtime import Runtime
from actions.suppliers.web import blueprint as suppliers
from bot.web.blueprint import BotContext
from bot.web.blueprint import blueprint as edge
from common import logging
from common.settings import Settings
from console.blueprint import ConsoleContext
from console.blueprint import blueprint as console

# A photo may have 15 MB; the rest is the multipart wrapping. Larger bodies are refused by bot/ with a sentence.
_REQUEST_MAX_BYTES = 64 * 1024 * 1024


def build_app(runtime: Runtime) -> Sanic[Any, Any]:
    """The app with every public path of CONTRACT.md."""
    app = Sanic("retour", configure_logging=False)
    app.config.REQUEST_MAX_SIZE = _REQUEST_MAX_BYTES
    app.config.KEEP_ALIVE_TIMEOUT = 60
    app.config.FALLBACK_ERROR_FORMAT = "json"
    app.blueprint(edge(_bot_context(runtime)))
    app.blueprint(suppliers(runtime, partial(supplier_progress, runtime)))
    app.blueprint(payments(runtime))
    app.blueprint(documents(runtime))
    app.blueprint(console(ConsoleContext(runtime=runtime)))
    return app


def _bot_context(runtime: Runtime) -> BotContext:
    return BotContext(
        settings=runtime.settings,
        engine=runtime.engine,
        clock=runtime.clock,
        phrases=runtime.phrases,
        shop=runtime.shop,
        demo_orders=partial(_demo_orders, runtime) if os.environ.get("RETOUR_DEMO") else None,
    )


def _demo_orders(runtime: Runtime, session: Session) -> list[dict[str, object]]:
    from retour.demo.shop import cards

    return cards(session, runtime.clock.now())


def main() -> None:
    """Serve until stopped; `retour up` starts this."""
    logging.configure()
    settings = Settings.load()
    app = build_app(build_runtime(settings))
    app.run(
        host=settings.host,
        port=settings.port,
        single_process=True,
        access_log=False,
        motd=False,
        register_sys_signals=True,
    )


if __name__ == "__main__":
    main()
