"""Template sources: the project's templates folder, and the built-in messages shipped with the package."""

from __future__ import annotations

from difflib import get_close_matches
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from reconciler.model.errors import UserError
from reconciler.sources.folder import Unreadable, read_inside

BUILTIN = "builtin:"
"""What the name of a built-in source begins with: ``builtin:approval-request.html``."""

_SUFFIX = ".j2"


_RELATIVE = "Template paths are relative to the templates folder."


class TemplateMissing(UserError):
    """A name that gives no template. ``reason``: the end of a sentence; ``suggestions``: names that are close, best first."""

    code = "template"

    def __init__(self, name: str, reason: str, suggestions: tuple[str, ...] = (), *, hint: str = _RELATIVE) -> None:
        meant = " or ".join(f'"{other}"' for other in suggestions)
        hint = f"Did you mean {meant}?" if meant else hint
        super().__init__("Template not found", f'The template "{name}" gives no text: {reason}.', hint)
        self.name = name
        self.reason = reason
        self.suggestions = suggestions


class Templates:
    """Sources by name; each is read once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._texts: dict[str, str] = {}

    def text(self, name: str) -> str:
        """The source: a path in the folder (``approvals/ask.html.j2``) or ``builtin:NAME``. Raises `TemplateMissing`."""
        if name not in self._texts:
            self._texts[name] = _builtin(name) if name.startswith(BUILTIN) else self._file(name)
        return self._texts[name]

    def _file(self, name: str) -> str:
        try:
            text = read_inside(self._folder, name).decode()
        except Unreadable as fault:
            raise TemplateMissing(name, fault.reason, self._close(name)) from fault
        except UnicodeDecodeError as fault:
            reason = f"it is not UTF-8 text (byte {fault.start + 1})"
            raise TemplateMissing(name, reason, hint="Save the file as UTF-8 in your editor.") from fault
        if text.startswith("\ufeff"):
            reason = "it begins with a byte order mark (U+FEFF), which would go into the mail"
            raise TemplateMissing(name, reason, hint='Save the file as "UTF-8 without BOM" in your editor.')
        return text

    def _close(self, name: str) -> tuple[str, ...]:
        there = [path.relative_to(self._folder).as_posix() for path in self._folder.rglob("*") if path.is_file()]
        visible = [path for path in there if not any(part.startswith(".") for part in path.split("/"))]
        return tuple(get_close_matches(name, [*sorted(visible), *builtin_names()], 3))


def builtin_names() -> tuple[str, ...]:
    """Every built-in source as `Templates.text` takes it (``builtin:approval-request.html``), sorted."""
    names = (entry.name for entry in _builtin_folder().iterdir())
    return tuple(sorted(BUILTIN + name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX)))


def _builtin(name: str) -> str:
    known = builtin_names()
    if name not in known:
        raise TemplateMissing(
            name, "there is no built-in message of that name", tuple(get_close_matches(name, known, 3))
        )
    return (_builtin_folder() / (name.removeprefix(BUILTIN) + _SUFFIX)).read_text(encoding="utf-8")


def _builtin_folder() -> Traversable:
    return files("reconciler.sources") / "builtin"
