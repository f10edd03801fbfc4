"""Templates and stored files: by a name that cannot lead out of the folder."""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path

import pytest

from reconciler.model.errors import UserError
from reconciler.sources.reading import FILE_BYTES as MAX_BYTES
from reconciler.sources.reading import Root
from reconciler.sources.templates import FileMissing, TemplateMissing, Templates, list_builtin_names, read_file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "templates"
    (folder / "approvals").mkdir(parents=True)
    (folder / "approvals" / "ask.html.j2").write_text("Grüße {{ x }}\r\n", encoding="utf-8", newline="")
    (folder / "binary.j2").write_bytes(b"ab\xff")
    (folder / "marked.j2").write_bytes(b"\xef\xbb\xbfab")
    (folder / "large.j2").write_bytes(b"x" * (MAX_BYTES + 1))
    (folder / "largest.j2").write_bytes(b"x" * MAX_BYTES)
    (folder / "in.j2").symlink_to("approvals/ask.html.j2")
    (folder / "out.j2").symlink_to("../outside.j2")
    (folder / "loop.j2").symlink_to("loop.j2")
    (folder / "dangling.j2").symlink_to("nowhere")
    os.mkfifo(folder / "pipe.j2")
    (tmp_path / "outside.j2").write_text("secret")
    return folder


def test_a_source_is_given_as_it_is_written(folder: Path) -> None:
    assert Templates(Root(folder)).text("approvals/ask.html.j2") == "Grüße {{ x }}\r\n"


def test_links_inside_the_folder_are_followed(folder: Path) -> None:
    assert Templates(Root(folder)).text("in.j2") == "Grüße {{ x }}\r\n"


def test_the_largest_allowed_source_is_read(folder: Path) -> None:
    assert len(Templates(Root(folder)).text("largest.j2")) == MAX_BYTES


def test_a_source_is_read_once(folder: Path) -> None:
    templates = Templates(Root(folder))
    first = templates.text("approvals/ask.html.j2")
    (folder / "approvals" / "ask.html.j2").write_text("changed meanwhile")
    assert templates.text("approvals/ask.html.j2") == first


OUT = "it leads out of the folder, and only what lies inside is read"
SPELLING = "a file is named by its path inside the folder, with single slashes between the parts"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nosuch.j2", "it does not exist"),
        ("../outside.j2", OUT),
        ("approvals/../../outside.j2", OUT),
        ("/etc/passwd", OUT),
        ("out.j2", "it is a symbolic link that leads out of the project, and only what lies inside is read"),
        ("dangling.j2", "it does not exist"),
        ("approvals", "it is a folder"),
        ("approvals/ask.html.j2/x", "it cannot be read: not a directory"),
        ("pipe.j2", "it is not a plain file"),
        ("binary.j2", "it is not UTF-8 text (byte 3)"),
        ("marked.j2", "it begins with a byte order mark (U+FEFF), which would go into the mail"),
        ("large.j2", "it is larger than 1 MiB"),
        ("", SPELLING),
        (".", "it is a folder"),
        ("./in.j2", SPELLING),
        ("approvals//ask.html.j2", SPELLING),
        ("approvals\\ask.html.j2", SPELLING),
        ("in.j2\0", SPELLING),
        ("x" * 300, "it cannot be read: file name too long"),
    ],
)
def test_a_name_that_gives_no_text_says_why(folder: Path, name: str, reason: str) -> None:
    with pytest.raises(TemplateMissing) as caught:
        Templates(Root(folder)).text(name)
    assert (caught.value.name, caught.value.reason) == (name, reason)
    assert isinstance(caught.value, UserError)


@pytest.mark.parametrize(("name", "hint"), [("binary.j2", "Save the file as UTF-8 "), ("marked.j2", "without BOM")])
def test_what_is_no_text_is_to_be_saved_anew(folder: Path, name: str, hint: str) -> None:
    with pytest.raises(TemplateMissing) as caught:
        Templates(Root(folder)).text(name)
    assert hint in caught.value.hint


def test_a_link_to_itself_says_why(folder: Path) -> None:
    with pytest.raises(TemplateMissing, match="Template not found") as caught:
        Templates(Root(folder)).text("loop.j2")
    assert caught.value.reason in (
        "it is a symbolic link that leads to itself",
        "it cannot be read: too many levels of symbolic links",
    )


def test_close_names_are_suggested(folder: Path) -> None:
    with pytest.raises(TemplateMissing) as caught:
        Templates(Root(folder)).text("approval/ask.html.j2")
    assert caught.value.suggestions[0] == "approvals/ask.html.j2"
    assert caught.value.hint.startswith('Did you mean "approvals/ask.html.j2"')


def test_a_missing_folder_is_a_missing_template(tmp_path: Path) -> None:
    with pytest.raises(TemplateMissing) as caught:
        Templates(Root(tmp_path / "nowhere")).text("x.j2")
    assert caught.value.reason == "it does not exist"


def test_every_shipped_source_has_its_name_and_its_text(folder: Path) -> None:
    shipped = {
        entry.name for entry in (files("reconciler.sources") / "builtin").iterdir() if entry.name.endswith(".j2")
    }
    assert {f"{name.removeprefix('builtin:')}.j2" for name in list_builtin_names()} == shipped
    assert all(Templates(Root(folder)).text(name) for name in list_builtin_names())


@pytest.mark.parametrize("name", ["builtin:nosuch", "builtin:../secrets.py", "builtin:"])
def test_an_unknown_builtin_is_missing(folder: Path, name: str) -> None:
    with pytest.raises(TemplateMissing) as caught:
        Templates(Root(folder)).text(name)
    assert caught.value.reason == "there is no built-in message of that name"


def test_a_stored_file_is_given_in_bytes(folder: Path) -> None:
    assert read_file(Root(folder.parent), "templates/binary.j2") == b"ab\xff"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nosuch.pem", "it does not exist"),
        ("../x.pem", OUT),
        ("/etc/passwd", OUT),
        ("templates/large.j2", "it is larger than 1 MiB"),
    ],
)
def test_a_stored_file_that_is_not_there_says_why(folder: Path, name: str, reason: str) -> None:
    with pytest.raises(FileMissing) as caught:
        read_file(Root(folder.parent), name)
    assert (caught.value.name, caught.value.reason) == (name, reason)
