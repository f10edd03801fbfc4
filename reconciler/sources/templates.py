"""Template sources: the project's templates folder, and the built-in messages shipped with the package."""

from __future__ import annotations

import ssl
from difflib import get_close_matches
from importlib.resources import files
from importlib.resources.abc import Traversable

from reconciler.model.errors import UserError
from reconciler.sources.reading import Outside, Root, Unreadable

BUILTIN = "builtin:"
"""What the name of a built-in source begins with: ``builtin:approval-request.html``."""

_SUFFIX = ".j2"


_GUESSES = 20
"""Missing names for which close ones are looked for."""

_GUESSED = 500
"""Files that are compared with a missing name."""

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
    """Sources by name, from a folder of the project; each is read once."""

    def __init__(self, project: Root, folder: str = ".") -> None:
        self._project = project
        self._folder = folder
        self._texts: dict[str, str] = {}
        self._guesses = _GUESSES

    def text(self, name: str) -> str:
        """The source: a path in the folder (``approvals/ask.html.j2``) or ``builtin:NAME``. Raises `TemplateMissing`."""
        if name not in self._texts:
            self._texts[name] = read_builtin(name) if name.startswith(BUILTIN) else self._file(name)
        return self._texts[name]

    def _file(self, name: str) -> str:
        try:
            text = self._project.read_below(self._folder, name).decode()
        except Unreadable as fault:
            raise TemplateMissing(name, self._reason(fault), self._close(name)) from fault
        except UnicodeDecodeError as fault:
            reason = f"it is not UTF-8 text (byte {fault.start + 1})"
            raise TemplateMissing(name, reason, hint="Save the file as UTF-8 in your editor.") from fault
        if text.startswith("\ufeff"):
            reason = "it begins with a byte order mark (U+FEFF), which would go into the mail"
            raise TemplateMissing(name, reason, hint='Save the file as "UTF-8 without BOM" in your editor.')
        return text

    def _reason(self, fault: Unreadable) -> str:
        """Why there is no text; the folder's own fault first."""
        try:
            self._project.place(self._folder)
        except Outside as outside:
            return f"templates come from {self._folder}, and {outside.reason}"
        except Unreadable:
            pass
        return fault.reason

    def _close(self, name: str) -> tuple[str, ...]:
        """Names that are close, for the first few that are missing: comparing takes longer than reading."""
        self._guesses -= 1
        if self._guesses < 0:
            return ()
        there = self._project.files_below(self._folder, _GUESSED)
        return tuple(get_close_matches(name, [each for each in (*there, *list_builtin_names()) if each != name], 3))

    def has_read(self, name: str) -> bool:
        """Whether that name was read as a file of the folder."""
        return name in self._texts and not name.startswith(BUILTIN)


def list_builtin_names() -> tuple[str, ...]:
    """Every built-in source as `Templates.text` takes it (``builtin:approval-request.html``), sorted."""
    names = (entry.name for entry in _builtin_folder().iterdir())
    return tuple(sorted(BUILTIN + name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX)))


def read_builtin(name: str) -> str:
    """A built-in source, by its name as `list_builtin_names` gives it. Raises `TemplateMissing`."""
    known = list_builtin_names()
    if name not in known:
        raise TemplateMissing(
            name, "there is no built-in message of that name", tuple(get_close_matches(name, known, 3))
        )
    return (_builtin_folder() / (name.removeprefix(BUILTIN) + _SUFFIX)).read_text(encoding="utf-8")


def _builtin_folder() -> Traversable:
    return files("reconciler.sources") / "builtin"


class FileMissing(UserError):
    """A name that gives no file. ``reason``: the end of a sentence."""

    code = "file"

    def __init__(self, name: str, reason: str) -> None:
        hint = "Paths of files are relative to the project folder and stay inside it."
        super().__init__("File not found", f'The file "{name}" gives no content: {reason}.', hint)
        self.name = name
        self.reason = reason


def read_file(project: Root, name: str) -> bytes:
    """The content of a file inside the project folder, at most 1 MiB. Raises `FileMissing`."""
    try:
        return project.read_below(".", name)
    except Unreadable as fault:
        raise FileMissing(name, fault.reason) from fault


def require_certificates(name: str, content: bytes) -> None:
    """Raise `UserError` where the file holds no PEM certificate that TLS could trust."""
    try:
        # What stands between certificates is comment, in any language; ssl takes ASCII.
        text = content.decode("ascii", "replace").replace("\ufffd", "?")
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=text)
    except (ssl.SSLError, ValueError) as fault:
        raise UserError(
            "Not a certificate",
            f'The file "{name}" holds no PEM certificate that can be read.',
            "Name a file with the authority's certificate, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----.",
        ) from fault
