"""A whole case over a Bot API server that nobody here wrote, photos compared byte by byte."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest

from tests import telegram_updates
from tests.browser.system.case_rows import case_of, until_said
from tests.shopper import photo
from tests.situations import damaged_mug, drive
from tests.stack import Stack, free_ports, running
from tests.telemelya_server import BIN, SecretProxy, TelemelyaShopper, telemelya

pytestmark = [
    pytest.mark.slow,
    pytest.mark.stack,
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        not (BIN / "telemelya-server").is_file(), reason="needs .venv/telemelya: `make .venv/telemelya/.telemelya`"
    ),
]
SEEDS = (810_001, 810_002)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with telemelya(tmp_path_factory.mktemp("telemelya")) as url:
        yield url


@pytest.fixture(scope="module")
def stack(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    proxy_port = free_ports(7)
    environ = telegram_updates.environment(server)
    public = {"RETOUR_PUBLIC_URL": f"http://127.0.0.1:{proxy_port}"}
    with running(tmp_path_factory.mktemp("stack"), **environ, **public) as stack:
        proxy = SecretProxy(proxy_port, stack.base).start()
        yield stack
        proxy.close()


def test_a_whole_case_with_photos_that_arrive_byte_by_byte(stack: Stack, server: str) -> None:
    number, email = stack.order_for("damaged_low_value")
    shopper = TelemelyaShopper(server, "447000099")
    drive(shopper, damaged_mug(number, email, SEEDS))
    until_said(shopper, "utter_case_refunded")
    case = case_of(stack, number)
    assert (case.status, case.refunds) == ("refunded", (("succeeded", 990),))
    kept = {row[0] for row in stack.rows("SELECT sha256 FROM rd_photo")}
    assert kept == {hashlib.sha256(photo(seed)).hexdigest() for seed in SEEDS}
    assert "answerCallbackQuery" in {call["method"] for call in shopper.calls()}
