"""Manifests: which files are read, in which order, and what stands in the way."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reconciler.model.configuration.resource import Document
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.errors import UserError
from reconciler.sources.manifests import MAX_BYTES, read_manifests
from reconciler.sources.reading import Root


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "project" / "manifests").mkdir(parents=True)
    return tmp_path / "project"


def write(project: Path, name: str, content: str | bytes = "a: 1\n") -> Path:
    path = project / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(project: Path) -> tuple[list[Document], list[Diagnostic]]:
    return read_manifests(Root(project), "manifests")


def files(project: Path) -> list[str]:
    documents, diagnostics = read(project)
    assert diagnostics == []
    return [document.file for document in documents]


def told(project: Path) -> list[str]:
    return [f"{d.place}: {d.summary}" for d in read(project)[1]]


def test_files_are_read_at_any_depth_in_the_order_of_their_paths(project: Path) -> None:
    for name in ("b.yaml", "a/z.yml", "a/b/c.yaml", "c.yml", "d.YAML", "e.Yml"):
        write(project, f"manifests/{name}")
    names = ["a/b/c.yaml", "a/z.yml", "b.yaml", "c.yml", "d.YAML", "e.Yml"]
    expected = [f"manifests/{name}" for name in names]
    assert files(project) == expected


def test_hidden_files_and_other_files_are_passed_over(project: Path) -> None:
    for name in (".hidden.yaml", ".git/x.yaml", "notes.txt", "x.yaml~", "x.yaml.bak", "kept.yaml"):
        write(project, f"manifests/{name}", "a: [" if name != "kept.yaml" else "a: 1")
    assert files(project) == ["manifests/kept.yaml"]


def test_a_file_without_a_document_is_no_fault(project: Path) -> None:
    write(project, "manifests/empty.yaml", "# nothing yet\n")
    assert files(project) == []


@pytest.mark.parametrize("make", ["nothing", "folder", "file"])
def test_no_manifest_at_all_is_an_error_that_names_the_folder(project: Path, make: str) -> None:
    if make != "folder":
        (project / "manifests").rmdir()
    if make == "file":
        write(project, "manifests", "x")
    with pytest.raises(UserError) as caught:
        read(project)
    assert str(project / "manifests") in caught.value.detail
    assert "-C DIR" in caught.value.hint


def test_faults_of_all_files_are_collected(project: Path) -> None:
    write(project, "manifests/a.yaml", "a: [\n")
    write(project, "manifests/b.yaml", "a: 1\na: 2\n")
    write(project, "manifests/c.yaml", b"\xff")
    write(project, "manifests/d.yaml", "a: 1\n")
    (project / "manifests" / "e.yaml").symlink_to("nowhere")
    assert sorted(told(project)) == [
        "manifests/a.yaml:1:5: Broken YAML",
        "manifests/b.yaml:2:1: Duplicate key",
        "manifests/c.yaml:1:1: Not UTF-8",
        "manifests/e.yaml:1:1: Unreadable file",
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a: 1\nb: caf\xe9\n", "manifests/x.yaml:2:7: Not UTF-8"),
        ("a: 1\n".encode("utf-16"), "manifests/x.yaml:1:1: Not UTF-8"),
        (b"\xef\xbb\xbfa: 1\n", "manifests/x.yaml:1:1: Byte order mark"),
        (b"a: 1\nb: x\x07y\n", "manifests/x.yaml:2:5: Control character"),
        (b"a: 1\r\nb: x\x00y\r\n", "manifests/x.yaml:2:5: Control character"),
        (b"a: x\x7fy\n", "manifests/x.yaml:1:5: Control character"),
        (b"# " + b"x" * MAX_BYTES, "manifests/x.yaml:1:1: File too large"),
    ],
)
def test_text_that_is_no_manifest(project: Path, content: bytes, expected: str) -> None:
    write(project, "manifests/x.yaml", content)
    assert told(project) == [expected]


def test_the_largest_allowed_file_is_read(project: Path) -> None:
    write(project, "manifests/x.yaml", "a: 1\n#".ljust(MAX_BYTES, "x"))
    assert files(project) == ["manifests/x.yaml"]


def test_a_folder_named_like_a_manifest_is_told(project: Path) -> None:
    write(project, "manifests/x.yaml/inner.yaml")
    assert told(project) == ["manifests/x.yaml:1:1: Not a file"]


def test_a_pipe_named_like_a_manifest_is_told_and_not_waited_for(project: Path) -> None:
    os.mkfifo(project / "manifests" / "x.yaml")
    assert told(project) == ["manifests/x.yaml:1:1: Not a file"]


def test_a_file_that_cannot_be_opened_is_told(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(project, "manifests/x.yaml")

    opened = os.open

    def refuse(path: str, *more: object, **named: object) -> object:
        if path == "x.yaml":
            raise PermissionError(13, "Permission denied")
        return opened(path, *more, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", refuse)
    ((diagnostic,),) = (read(project)[1],)
    said = "It cannot be read: permission denied; nothing in it was read."
    assert (diagnostic.summary, diagnostic.detail) == ("Unreadable file", said)


def test_links_inside_the_project_are_followed(project: Path) -> None:
    write(project, "shared/team.yaml")
    (project / "manifests" / "team.yaml").symlink_to("../shared/team.yaml")
    (project / "manifests" / "all").symlink_to("../shared")
    assert files(project) == ["manifests/all/team.yaml", "manifests/team.yaml"]


def test_files_mounted_through_hidden_folders_are_read(project: Path) -> None:
    write(project, "manifests/..2026/relay.yaml")
    (project / "manifests" / "..data").symlink_to("..2026")
    (project / "manifests" / "relay.yaml").symlink_to("..data/relay.yaml")
    assert files(project) == ["manifests/relay.yaml"]


@pytest.mark.parametrize("target", ["../../outside.yaml", "../../outside", "/etc/hostname"])
def test_links_out_of_the_project_are_refused(project: Path, target: str) -> None:
    write(project, "../outside.yaml", "secret: 1\n")
    write(project, "../outside/x.yaml", "secret: 1\n")
    name = "link" if target.endswith("outside") else "link.yaml"
    (project / "manifests" / name).symlink_to(target)
    assert told(project) == [f"manifests/{name}:1:1: Outside the project"]


def test_links_in_a_circle_end(project: Path) -> None:
    write(project, "manifests/a/x.yaml")
    (project / "manifests" / "a" / "up").symlink_to("..")
    assert files(project) == ["manifests/a/x.yaml"]


def test_a_link_without_an_end_may_have_been_a_folder_and_is_told(project: Path) -> None:
    write(project, "manifests/a/x.yaml")
    (project / "manifests" / "self").symlink_to("self")
    (project / "manifests" / "team").symlink_to("../gone")
    (project / "manifests" / "notes.txt").symlink_to("gone.txt")
    assert told(project) == ["manifests/self:1:1: Unreadable folder", "manifests/team:1:1: Unreadable folder"]


def test_a_link_to_itself_is_told(project: Path) -> None:
    (project / "manifests" / "x.yaml").symlink_to("x.yaml")
    assert told(project) == ["manifests/x.yaml:1:1: Unreadable file"]


@pytest.mark.parametrize("name", ["reconciler.yml", "Reconciler.yaml", "reconciler.YAML"])
def test_a_project_file_of_another_name_is_refused_so_that_nobody_believes_it_is_obeyed(
    project: Path, name: str
) -> None:
    write(project, "manifests/x.yaml")
    write(project, name, "kind: Project\n")
    documents, _ = read(project)
    assert (len(documents), told(project)) == (1, [f"{name}:1:1: Project file not read"])


def test_folders_nested_deeper_than_anybody_nests_them_are_told(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(project, "manifests/" + "a/" * 45 + "x.yaml")
    monkeypatch.chdir(project / "manifests" / ("a/" * 45))
    for _ in range(60):
        Path("a").mkdir()
        os.chdir("a")
    ((fault,),) = (read(project)[1],)
    assert (fault.summary, fault.detail) == ("Unreadable folder", "It lies more than 50 folders deep.")


def test_a_chain_of_links_is_followed_as_far_as_the_system_does(project: Path) -> None:
    write(project, "chain/0")
    for number in range(1_500):
        (project / "chain" / str(number + 1)).symlink_to(str(number))
    (project / "manifests" / "far.yaml").symlink_to("../chain/1500")
    (project / "manifests" / "near.yaml").symlink_to("../chain/9")
    assert told(project) == ["manifests/far.yaml:1:1: Unreadable file"]
    assert [document.file for document in read(project)[0]] == ["manifests/near.yaml"]
