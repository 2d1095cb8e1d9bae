"""A browser without JavaScript: keeps cookies, reads forms and sends them as they stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import requests

PASSWORD = "correct horse battery"


@dataclass
class Form:
    """One form of a page with the values it would send."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {key: value or "" for key, value in attrs}
        if tag == "form":
            self.forms.append(Form(values.get("action", "")))
        elif tag == "input" and self.forms and values.get("name"):
            sent = values.get("type") != "radio" or "checked" in values
            self.forms[-1].fields |= {values["name"]: values.get("value", "")} if sent else {}

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.text.append(" ".join(data.split()))


class Reply:
    """An answer, with its forms and its words."""

    def __init__(self, response: requests.Response) -> None:
        self.status = response.status_code
        self.headers = response.headers
        self.content = response.content
        self.html = response.text
        parser = _Forms()
        if "html" in response.headers.get("content-type", ""):
            parser.feed(response.text)
        self.forms = parser.forms
        self.words = " ".join(parser.text)

    def form(self, action: str) -> Form:
        return next(form for form in self.forms if form.action == action)


class Visitor:
    """One browser. It follows redirects by itself, and sends the cookie even when it is marked Secure."""

    def __init__(self, base: str, language: str = "en") -> None:
        self.base = base
        self.cookies: dict[str, str] = {}
        self.headers = {"accept-language": language}

    def get(self, path: str, **headers: str) -> Reply:
        return self._send("GET", path, headers=headers)

    def post(self, path: str, fields: dict[str, str], **headers: str) -> Reply:
        return self._send("POST", path, data=fields, headers=headers)

    def submit(self, page: Reply, form_action: str, **fields: str) -> Reply:
        """Send a form of a page, with these fields filled in."""
        form = page.form(form_action)
        return self.post(form.action, form.fields | fields)

    def sign_in(self, name: str, password: str = PASSWORD) -> Reply:
        return self.submit(self.get("/console/sign-in"), "/console/sign-in", name=name, password=password)

    def _send(self, method: str, path: str, *, headers: dict[str, str], **more: Any) -> Reply:
        for _ in range(5):
            sent = {**self.headers, **{key.replace("_", "-"): value for key, value in headers.items()}}
            sent["cookie"] = "; ".join(f"{key}={value}" for key, value in self.cookies.items())
            response = requests.request(
                method, self.base + path, headers=sent, allow_redirects=False, timeout=20, **more
            )
            for cookie in response.cookies:
                self.cookies[cookie.name] = cookie.value or ""
            if response.status_code != 303:
                return Reply(response)
            method, path, more = "GET", response.headers["location"], {}
        raise AssertionError(f"{path} redirects without end")
