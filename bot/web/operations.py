"""For whoever runs Retour: is it alive, can it work, and how much does it do."""

from __future__ import annotations

import hmac
from dataclasses import asdict

from sanic import Blueprint, HTTPResponse, Request, text
from sanic import json as json_response

from bot.health import service as health
from bot.web.context import Running
from bot.web.http import HttpError, from_here


def metrics_token(secret_key: str) -> str:
    """The bearer token for /metrics from elsewhere, derived so that it need not be configured."""
    return hmac.new(secret_key.encode(), b"metrics", "sha256").hexdigest()


def register(blueprint: Blueprint, running: Running) -> None:
    """Add the routes."""
    context = running.context

    async def live(_request: Request) -> HTTPResponse:
        return json_response({"status": "ok"})

    async def ready(_request: Request) -> HTTPResponse:
        found = await health.check(running.database, running.rasa, running.dispatcher.lease.owner, context.clock.now())
        status = "ok" if found.ready else "not ready"
        return json_response({"status": status, **asdict(found)}, status=200 if found.ready else 503)

    async def metrics(request: Request) -> HTTPResponse:
        # Behind a proxy on this machine everybody comes from loopback; such a request says for whom it is.
        local = from_here(request) and not {"x-forwarded-for", "forwarded", "x-real-ip"} & set(request.headers)
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not local and not hmac.compare_digest(given.encode(), metrics_token(context.settings.secret_key).encode()):
            raise HttpError(404, "http", "Not found.")
        streams = running.notifier.open_count()
        channels = list(running.channels)
        gauges = await running.database.read(
            lambda s: health.gauges(s, streams=streams, channels=channels, now=context.clock.now())
        )
        return text(running.metrics.text(gauges), content_type="text/plain; version=0.0.4; charset=utf-8")

    blueprint.add_route(live, "/health/live", methods=["GET"], name="health_live")
    blueprint.add_route(ready, "/health/ready", methods=["GET"], name="health_ready")
    blueprint.add_route(metrics, "/metrics", methods=["GET"], name="metrics")
