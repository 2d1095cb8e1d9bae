"""What a channel folder hands over: its two halves and its routes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sanic import Blueprint

from bot.channels.gate import Gate
from bot.channels.port import Client, PushChannel
from common.phrases import Phrases
from common.settings import Settings
from common.shop_config import ShopConfig


@dataclass(frozen=True)
class Plugged:
    """A channel that is set up. `register` adds its routes, which give what comes in to the gate.

    `listen` is for a channel that is asked for news instead: it runs as long as the server does and never returns.
    """

    channel: PushChannel
    client: Client
    register: Callable[[Blueprint, Gate], None]
    listen: Callable[[Gate], Awaitable[None]] | None = None


# None where the channel is not set up.
Plug = Callable[[Settings, ShopConfig, Phrases], Plugged | None]
