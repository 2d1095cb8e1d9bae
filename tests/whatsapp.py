"""What Meta sends: deliveries with their signature, as a shop's server gets them."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx

from bot.channels.whatsapp.routes import PATH, signature
from tests.graph_api import PHONE_ID

Json = dict[str, Any]
APP_SECRET, VERIFY_TOKEN = "an-app-secret-of-the-tests", "a-verify-token-of-the-tests"


def environment(api_url: str) -> dict[str, str]:
    """The settings of the channel."""
    from tests.graph_api import TOKEN

    return {
        "RETOUR_WHATSAPP_API_URL": api_url,
        "RETOUR_WHATSAPP_TOKEN": TOKEN,
        "RETOUR_WHATSAPP_PHONE_NUMBER_ID": PHONE_ID,
        "RETOUR_WHATSAPP_APP_SECRET": APP_SECRET,
        "RETOUR_WHATSAPP_VERIFY_TOKEN": VERIFY_TOKEN,
    }


def message(sender: str, event_id: str, kind: str, **content: Any) -> Json:
    """One message of a shopper, of any kind."""
    return {"from": sender, "id": event_id, "timestamp": str(int(time.time())), "type": kind, **content}


def typed(sender: str, event_id: str, text: str) -> Json:
    return message(sender, event_id, "text", text={"body": text})


def photo_of(sender: str, event_id: str, media_id: str, **more: Any) -> Json:
    return message(sender, event_id, "image", image={"id": media_id, "mime_type": "image/jpeg", **more})


def pressed(sender: str, event_id: str, button: str, title: str = "title") -> Json:
    reply = {"type": "button_reply", "button_reply": {"id": button, "title": title}}
    return message(sender, event_id, "interactive", interactive=reply)


def status(name: str, becomes: str, *, key: str | None = None, code: int | None = None) -> Json:
    """One report about something we sent."""
    found: Json = {"id": name, "status": becomes, "timestamp": str(int(time.time())), "recipient_id": "33"}
    if key is not None:
        found["biz_opaque_callback_data"] = key
    if code is not None:
        found["errors"] = [{"code": code, "title": "As planned"}]
    return found


def delivery(*messages: Json, statuses: tuple[Json, ...] = (), phone_id: str = PHONE_ID) -> bytes:
    """One call of Meta's with all of these."""
    value: Json = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "33100000000", "phone_number_id": phone_id},
    }
    if messages:
        senders = dict.fromkeys(m["from"] for m in messages)
        value["contacts"] = [{"profile": {"name": "A Shopper"}, "wa_id": sender} for sender in senders]
        value["messages"] = list(messages)
    if statuses:
        value["statuses"] = list(statuses)
    entry = {"id": "1234567890987654321", "changes": [{"value": value, "field": "messages"}]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


def post(http: httpx.Client, body: bytes, *, signed: str | None = None) -> httpx.Response:
    """Call the webhook as Meta does."""
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signed or signature(APP_SECRET, body)}
    return http.post(PATH, content=body, headers=headers)


async def post_async(http: httpx.AsyncClient, body: bytes) -> bool:
    """The same from an event loop; says whether it was acknowledged."""
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signature(APP_SECRET, body)}
    try:
        answer = await http.post(PATH, content=body, headers=headers)
    except httpx.HTTPError:
        return False
    if answer.status_code == 503:
        return False
    assert answer.status_code == 200, answer.text
    return True
