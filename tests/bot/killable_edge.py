"""The edge as a process of its own, to be killed: `python -m tests.bot.killable_edge DATABASE HOME PORT RASA_URL`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from sanic import Sanic

from bot.limits import Rate, Rates
from bot.rasa import RasaClient
from bot.web.blueprint import BotContext, blueprint
from common import logging
from common.clock import SystemClock
from common.database import make_engine
from common.phrases import Phrases
from common.settings import ROOT, Settings
from common.shop_config import PaymentConfig, ShopConfig


def main(database: str, home: str, port: str, rasa_url: str) -> None:
    """Serve until killed."""
    logging.configure("ERROR")
    free = Rate(1_000_000, 1_000_000)
    # Channels are set up by the environment, as ever.
    channels = {
        key: value for key, value in os.environ.items() if key.startswith(("RETOUR_WHATSAPP", "RETOUR_TELEGRAM"))
    }
    context = BotContext(
        settings=Settings.load({**channels, "RETOUR_HOME": home, "RETOUR_PORT": port}),
        engine=make_engine(database),
        clock=SystemClock(),
        phrases=Phrases.load(ROOT / "domain.yml"),
        shop=ShopConfig("Shop", "FR", "EUR", "help@shop.example", {}, PaymentConfig("manual"), ()),
        rasa=RasaClient(rasa_url, "t"),
        rates=Rates(messages=free, photos=free, conversations=free, requests=free),
    )
    Path(home).mkdir(parents=True, exist_ok=True)
    app = Sanic("edge", configure_logging=False)
    app.blueprint(blueprint(context))
    app.run("127.0.0.1", int(port), single_process=True, access_log=False, motd=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
