"""Photos: several at once, made lighter without losing the hour they were taken, with progress and honest errors."""

from __future__ import annotations

import io
import random

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, expect

from tests.browser.chat_api_server import ChatApiServer
from tests.browser.widget_page import WidgetPage, picture

pytestmark = pytest.mark.browser
TAKEN = 0x9003
ORIENTATION = 0x0112


def test_several_photos_go_up_together_with_progress(widget: WidgetPage, chat: ChatApiServer) -> None:
    chat.say("Please send two photos.", ask={"photos": {"minimum": 2, "maximum": 6}})
    expect(widget.answer("Add 2 to 6 photos")).to_be_visible()
    chat.photo_gate.clear()
    widget.add(*[picture(f"mug-{i}.jpg", colour=c) for i, c in enumerate(["#a33", "#3a3", "#33a", "#aa3"])])
    expect(widget.thumbs).to_have_count(4)
    expect(widget.panel.locator(".item.uploading")).to_have_count(3)
    expect(widget.panel.locator(".item.queued")).to_have_count(1)
    expect(widget.panel.get_by_role("progressbar", name="Sending mug-0.jpg")).to_be_visible()
    chat.photo_gate.set()
    expect(widget.panel.locator(".item.done")).to_have_count(4)
    expect(widget.panel.get_by_role("progressbar")).to_have_count(0)
    widget.send("The handle is broken")
    expect(widget.bubbles()).to_have_text(["The handle is broken"])
    expect(widget.log.locator(".m.shopper .pic img[src^=blob]")).to_have_count(4)
    expect(widget.thumbs).to_have_count(0)
    expect(widget.pending).to_have_count(0)
    message = chat.conversation.messages[-1]
    assert message["text"] == "The handle is broken"
    assert sorted(message["photos"]) == sorted(chat.conversation.photos)


def test_sending_before_the_upload_ends_waits_for_it(widget: WidgetPage, chat: ChatApiServer) -> None:
    chat.photo_gate.clear()
    widget.add(picture())
    widget.field.press("Enter")
    assert chat.texts() == []
    chat.photo_gate.set()
    expect(widget.log.locator(".m.shopper .pic")).to_have_count(1)
    expect(widget.pending).to_have_count(0)
    assert len(chat.conversation.messages[-1]["photos"]) == 1


def test_a_large_photo_is_made_smaller_and_keeps_the_hour_it_was_taken(widget: WidgetPage, chat: ChatApiServer) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # on its side: 3000 x 4000 when upright
    exif.get_ifd(0x8769)[TAKEN] = "2026:03:14 15:09:26"
    widget.add(picture("big.jpg", size=(4000, 3000), exif=exif))
    expect(widget.panel.locator(".item.done")).to_have_count(1)
    [sent] = chat.conversation.photos.values()
    with Image.open(io.BytesIO(sent)) as image:
        assert image.size == (1536, 2048)
        assert image.getexif()[ORIENTATION] == 1
        assert image.getexif().get_ifd(0x8769)[TAKEN] == "2026:03:14 15:09:26"


def test_a_small_photo_goes_up_untouched(widget: WidgetPage, chat: ChatApiServer) -> None:
    photo = picture()
    widget.add(photo)
    expect(widget.panel.locator(".item.done")).to_have_count(1)
    assert list(chat.conversation.photos.values()) == [photo["buffer"]]


def test_what_the_browser_cannot_decode_is_sent_as_it_is_and_judged_by_the_server(
    widget: WidgetPage, chat: ChatApiServer
) -> None:
    chat.photo_error = (
        422,
        {"code": "photo", "message": "This file is not a photo; please send JPEG, PNG, WebP or HEIC."},
    )
    widget.add({"name": "note.jpg", "mimeType": "image/jpeg", "buffer": b"just some text"})
    expect(widget.alert).to_have_text("This file is not a photo; please send JPEG, PNG, WebP or HEIC.")
    expect(widget.panel.locator(".item.refused")).to_have_count(1)
    widget.panel.get_by_role("button", name="Remove note.jpg").click()
    expect(widget.thumbs).to_have_count(0)
    expect(widget.alert).to_be_hidden()


def test_an_oversize_photo_gets_the_servers_sentence_and_the_others_still_go(
    widget: WidgetPage, chat: ChatApiServer
) -> None:
    widget.add(picture("fine.jpg"))
    expect(widget.panel.locator(".item.done")).to_have_count(1)
    chat.photo_error = (
        413,
        {"code": "photo_too_large", "message": "This photo is larger than 20 MB; please send a smaller one."},
    )
    widget.add(picture("huge.jpg"))
    expect(widget.alert).to_have_text("This photo is larger than 20 MB; please send a smaller one.")
    widget.send("Here it is")
    expect(widget.log.locator(".m.shopper .pic")).to_have_count(1)


def test_forty_megabytes_nobody_can_decode_are_not_even_sent(widget: WidgetPage, chat: ChatApiServer) -> None:
    # Made in the page: 40 MB do not go through the test's wire in reasonable time.
    widget.host.evaluate(
        """chat => chat.addPhotos([new File([new Uint8Array(40e6)], 'IMG_1.heic', {type: 'image/heic'})])"""
    )
    expect(widget.alert).to_have_text("IMG_1.heic is too large to send; please choose a photo below 15 MB.")
    assert "POST /api/chat/photos" not in chat.requests


def test_forty_megabytes_of_photo_go_up_small(widget: WidgetPage, chat: ChatApiServer) -> None:
    noise = Image.frombytes("RGB", (2600, 2600), random.Random(7).randbytes(2600 * 2600 * 3))
    out = io.BytesIO()
    noise.save(out, "PNG", compress_level=0)
    widget.add(FilePayload(name="noise.png", mimeType="image/png", buffer=out.getvalue()))
    expect(widget.panel.locator(".item.done")).to_have_count(1)
    [sent] = chat.conversation.photos.values()
    assert len(sent) < len(out.getvalue()) / 4
    with Image.open(io.BytesIO(sent)) as image:
        assert image.size == (2048, 2048)


def test_another_kind_of_file_is_refused_with_one_sentence(widget: WidgetPage, chat: ChatApiServer) -> None:
    widget.add({"name": "invoice.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"})
    expect(widget.alert).to_have_text("invoice.pdf is not a photo; please choose JPEG, PNG, WebP or HEIC.")
    expect(widget.thumbs).to_have_count(0)


def test_no_more_photos_than_asked_for(widget: WidgetPage, chat: ChatApiServer) -> None:
    chat.say("Please send a photo.", ask={"photos": {"minimum": 1, "maximum": 2}})
    expect(widget.answer("Add 1 to 2 photos")).to_be_visible()
    widget.add(picture("a.jpg"), picture("b.jpg"), picture("c.jpg"))
    expect(widget.alert).to_have_text("At most 2 photos fit in one message; send these first.")
    expect(widget.thumbs).to_have_count(2)


def test_a_failed_upload_can_be_tried_again(widget: WidgetPage, chat: ChatApiServer) -> None:
    chat.photo_error = (503, {"code": "busy", "message": "Busy."})
    widget.add(picture("mug.jpg"))
    expect(widget.alert).to_have_text("mug.jpg could not be sent; check the connection and try again.")
    chat.photo_error = None
    widget.panel.get_by_role("button", name="Try again with mug.jpg").click()
    expect(widget.panel.locator(".item.done")).to_have_count(1)
    expect(widget.alert).to_be_hidden()


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_photos_can_be_dropped_and_pasted(widget: WidgetPage, chat: ChatApiServer, kind: str) -> None:
    target = widget.panel if kind == "drop" else widget.field
    target.evaluate(
        """async (node, kind) => {
          const canvas = new OffscreenCanvas(60, 60);
          canvas.getContext('2d').fillRect(5, 5, 30, 30);
          const data = new DataTransfer();
          data.items.add(new File([await canvas.convertToBlob({type: 'image/png'})], 'shot.png', {type: 'image/png'}));
          const event = kind === 'drop' ? new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true})
            : new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true});
          node.dispatchEvent(event);
        }""",
        kind,
    )
    expect(widget.panel.locator(".item.done")).to_have_count(1)


def test_the_reason_stays_while_the_broken_photo_does(widget: WidgetPage, chat: ChatApiServer) -> None:
    chat.photo_error = (422, {"code": "photo", "message": "This photo is too dark; please take another one."})
    widget.add(picture("dark.jpg"))
    expect(widget.alert).to_have_text("This photo is too dark; please take another one.")
    chat.photo_error = None
    widget.add(picture("bright.jpg"))
    expect(widget.panel.locator(".item.done")).to_have_count(1)
    expect(widget.alert).to_have_text("This photo is too dark; please take another one.")
    widget.panel.get_by_role("button", name="Remove dark.jpg").click()
    expect(widget.alert).to_be_hidden()


def test_text_and_photo_sent_without_connection_leave_when_it_is_back(widget: WidgetPage, chat: ChatApiServer) -> None:
    chat.stop()
    expect(widget.band()).to_contain_text("No connection")
    widget.add(picture("mug.jpg"))
    expect(widget.panel.locator(".item.failed")).to_have_count(1)
    widget.send("with the photo")
    chat.start()
    expect(widget.bubbles()).to_have_text(["with the photo"])
    expect(widget.pending).to_have_count(0)
    assert len(chat.conversation.messages[-1]["photos"]) == 1
