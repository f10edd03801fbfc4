"""Plans as one HTML file: everything in it, nothing to load, nothing that runs."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given, settings

from reconciler.model.configuration.address import Address
from reconciler.model.configuration.change import MailDiff
from reconciler.model.errors import InvalidManifests, UserError
from reconciler.views.plan.html import write_failure_html
from tests.support.components import require
from tests.support.printed import write_plan_html
from tests.views.outside import HOSTILE_TEXT, outside
from tests.views.reviewed import REVIEWED
from tests.views.samples import DIAGNOSTICS, EMPTY, long_plan, plan, update


class Page(HTMLParser):
    """Tags with their attributes, and the text people see."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize(
    "page", [write_plan_html(REVIEWED), write_plan_html(EMPTY), write_failure_html(InvalidManifests(DIAGNOSTICS))]
)
def test_a_page_loads_nothing(page: str) -> None:
    tags = Page(page).tags
    assert not {"script", "img", "link", "form", "a", "object"} & {tag for tag, _ in tags}
    assert not any(
        name in attributes for _, attributes in tags for name in ("src", "href", "action", "style", "onload")
    )
    policies = [attributes["content"] for _, attributes in tags if "http-equiv" in attributes]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"]


def test_a_page_has_every_change_guard_and_shift() -> None:
    text = Page(write_plan_html(REVIEWED)).text
    for change in REVIEWED.changes:
        assert str(change.address) in text
    for guard in REVIEWED.guards:
        assert str(guard.address or "") in text
        assert guard.message.removeprefix(f"{guard.address} ") in text
    for shift in REVIEWED.control:
        assert shift.before in text
        assert shift.after in text
    for fact in (*REVIEWED.impact.requests, *REVIEWED.impact.new_external_domains, REVIEWED.digest, "production"):
        assert fact in text


def test_a_long_plan_is_whole() -> None:
    text = Page(write_plan_html(long_plan())).text
    assert all(str(change.address) in text for change in long_plan().changes)


def test_mails_stand_side_by_side_in_frames_without_rights() -> None:
    frames = [attributes for tag, attributes in Page(write_plan_html(REVIEWED)).tags if tag == "iframe"]
    assert [frame["sandbox"] for frame in frames] == ["", ""]
    for frame, words in zip(frames, ("They are attached.", "They stand <b>below</b>."), strict=True):
        inside = frame["srcdoc"] or ""
        assert words in inside
        assert inside.startswith('<!doctype html><meta charset=utf-8><meta http-equiv="Content-Security-Policy"')


def test_a_failure_says_what_to_do() -> None:
    text = Page(write_failure_html(UserError("Unknown state URL", "It is no backend.", "Write sqlite:PATH."))).text
    assert "Unknown state URL" in text
    assert "Write sqlite:PATH." in text


@given(HOSTILE_TEXT)
@settings(max_examples=60)
def test_outside_text_is_never_an_element(text: str) -> None:
    page = Page(write_plan_html(outside(text)))
    expected = Page(write_plan_html(outside("word"))).tags
    assert [tag for tag, _ in page.tags if tag != "pre"] == [tag for tag, _ in expected if tag != "pre"]
    assert not any(character in page.text for character in "\x1b\u202e\u2066\u200b\x00")


@contextmanager
def listening() -> Iterator[tuple[int, list[str]]]:
    """A web server on this machine, and what it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port, asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def opened(page: Path, profile: Path) -> str:
    """What the page is after the browser has shown it."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    require("browser", browser)
    flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--virtual-time-budget=2000",
    ]
    words = [str(browser), *flags, f"--user-data-dir={profile}", "--dump-dom", page.as_uri()]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout


def test_a_hostile_mail_runs_nothing_and_fetches_nothing_in_a_browser(tmp_path: Path) -> None:
    with listening() as (port, asked):
        url = f"http://127.0.0.1:{port}"
        evil = (
            f"<script>document.title='owned';fetch('{url}/script')</script><img src={url}/img onerror=\"document.title='owned'\">"
            f"<link rel=stylesheet href={url}/css><style>body{{background:url({url}/bg)}}</style>"
            f"<meta http-equiv=refresh content='0;url={url}/refresh'><iframe src={url}/frame></iframe>"
        )
        breaking = f'"></iframe></pre></title></style>{evil}'
        mail = MailDiff(
            Address("EmailTask", "m"), evil, evil, evil, breaking, True, f"+{evil}\n", evil, f"<p>hi</p>{breaking}"
        )
        page = tmp_path / "plan.html"
        page.write_text(
            write_plan_html(plan(update("EmailTask/m", evil, title=breaking, messages=(mail,)), environment=evil))
        )
        control = tmp_path / "control.html"
        control.write_text(f"<!doctype html><title>x</title>{evil.replace('<meta', '<x')}")
        shown = opened(page, tmp_path / "profile")
        assert "<h1>Plan for &lt;script&gt;" in shown
        assert "<title>owned</title>" not in shown
        assert asked == []
        assert "<title>owned</title>" in opened(control, tmp_path / "other")
        assert "/img" in asked
