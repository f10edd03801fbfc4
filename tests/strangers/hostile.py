"""Hostile pull requests: what a stranger may write into a project to get at what the pipeline can read.

Each takes the folder of a project that is applied and sound, and the places where something worth reading lies, and leaves
the folder as the pull request would.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

MAIL = """\
apiVersion: reconciler/v1
kind: SmtpServer
metadata: {{name: relay}}
spec: {{uri: '{uri}', from: desk@example.com, credential: relay-login, tls: {{mode: none}}}}
---
apiVersion: reconciler/v1
kind: Credential
metadata: {{name: relay-login}}
spec: {{username: desk, password: {{secret: relay-password}}}}
"""
TASKS = """\
apiVersion: reconciler/v1
kind: EmailTask
metadata: {name: notice}
spec: {to: [rosa@example.com], subject: Notice, body: {text: notice.txt.j2, html: notice.html.j2}}
---
apiVersion: reconciler/v1
kind: EmailTask
metadata: {name: ask}
spec: {context: approval, body: {text: ask.txt.j2}}
---
apiVersion: reconciler/v1
kind: ApprovalProcess
metadata: {name: manual}
spec: {startActivity: ask, stages: [{approvers: [rosa@example.com, tariq@example.com]}]}
---
apiVersion: reconciler/v1
kind: ApprovalType
metadata: {name: open-door}
spec: {process: manual}
"""
PROJECT = """\
apiVersion: reconciler/v1
kind: Project
metadata: {name: example}
spec: {domains: [example.com]}
"""
TEMPLATES = {
    "notice.txt.j2": "Nothing to do.\n",
    "notice.html.j2": "<p>Nothing to do.</p>\n",
    "ask.txt.j2": "{{ request.subject }}: {{ request.commands.approve }}\n",
}


@dataclass(frozen=True, slots=True)
class Places:
    """Where something worth reading lies: a file in the secrets folder, one beside the project, one in the home folder, and
    the variables of this very process."""

    secret: Path
    beside: Path
    home: Path
    environ: Path = Path("/proc/self/environ")

    @property
    def all(self) -> tuple[Path, ...]:
        return self.secret, self.beside, self.home, self.environ


Attack = Callable[[Path, Places], None]


def write_project(folder: Path, uri: str) -> None:
    """The sound project that the stranger starts from."""
    (folder / "manifests").mkdir(parents=True)
    (folder / "templates").mkdir()
    (folder / "manifests" / "mail.yaml").write_text(MAIL.format(uri=uri))
    (folder / "manifests" / "tasks.yaml").write_text(TASKS)
    (folder / "reconciler.yaml").write_text(PROJECT)
    for name, text in TEMPLATES.items():
        (folder / "templates" / name).write_text(text)


def _linked(name: str, place: Callable[[Places], Path]) -> Attack:
    """A file of the project becomes a link to the place."""

    def attack(folder: Path, places: Places) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(place(places))

    return attack


def _folder_linked(name: str, place: Callable[[Places], Path]) -> Attack:
    """A folder of the project becomes a link to the one that the place lies in, and its file a template's body."""

    def attack(folder: Path, places: Places) -> None:
        target = place(places)
        if (folder / name).is_dir():
            (folder / name).rename(folder / f"{name}-before")
        (folder / name).symlink_to(target.parent)
        _body(target.name)(folder, places)

    return attack


def _named(key: str, value: Callable[[Places], str], body: Callable[[Places], str] | None = None) -> Attack:
    """The project file names another folder, and a template's body a file in it."""

    def attack(folder: Path, places: Places) -> None:
        _replace(folder / "reconciler.yaml", "domains:", f"{key}: {value(places)}, domains:")
        if body:
            _body(body(places))(folder, places)

    return attack


def _body(text: str) -> Attack:
    """The one template that is left is this: a project that lacks another would be refused for that."""

    def attack(folder: Path, places: Places) -> None:
        tasks = folder / "manifests" / "tasks.yaml"
        _replace(tasks, "{text: notice.txt.j2, html: notice.html.j2}", f"{{text: '{text}'}}")
        _replace(tasks, ", body: {text: ask.txt.j2}", "")

    return attack


def _template(text: str, name: str = "notice.txt.j2") -> Attack:
    """A template says this; ``{0}`` to ``{3}`` are the places."""

    def attack(folder: Path, places: Places) -> None:
        said = text
        for number, place in enumerate(places.all):
            said = said.replace(f"<{number}>", str(place))
        (folder / "templates" / name).write_text(said)

    return attack


def _manifest(text: str) -> Attack:
    """One more manifest; ``<0>`` to ``<3>`` are the places."""

    def attack(folder: Path, places: Places) -> None:
        said = text
        for number, place in enumerate(places.all):
            said = said.replace(f"<{number}>", str(place))
        (folder / "manifests" / "more.yaml").write_text(said)

    return attack


def _edited(name: str, before: str, after: str) -> Attack:
    return lambda folder, places: _replace(folder / name, before, after.replace("<1>", str(places.beside)))


def _replace(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text, (path, before)
    path.write_text(text.replace(before, after))


def _root_linked(folder: Path, places: Places) -> None:
    (folder / "root").symlink_to("/")
    _named("templates", lambda p: f"root{p.beside.parent}", lambda p: p.beside.name)(folder, places)


def _chain_of_links(folder: Path, places: Places) -> None:
    (folder / "a").symlink_to("b")
    (folder / "b").symlink_to(places.beside.parent)
    _named("templates", lambda p: "a", lambda p: p.beside.name)(folder, places)


def _link_inside(folder: Path, places: Places) -> None:
    """Stays inside the project, and reaches what no pull request writes: version control's own files, the state's key."""
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text(places.beside.read_text())
    (folder / "templates" / "notice.txt.j2").unlink()
    (folder / "templates" / "notice.txt.j2").symlink_to("../.git/config")


def _hidden_folder(folder: Path, places: Places) -> None:
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text(places.beside.read_text())
    _named("templates", lambda p: ".git", lambda p: "config")(folder, places)


def _overlay(folder: Path, places: Places) -> None:
    (folder / "overlay").symlink_to(places.beside.parent)
    _replace(
        folder / "reconciler.yaml",
        "domains:",
        "environments: {prod: {mail: {deliver: all}, overlays: [overlay]}}, domains:",
    )


def _variables(folder: Path, places: Places) -> None:
    _replace(
        folder / "reconciler.yaml",
        "domains:",
        "environments: {prod: {mail: {deliver: all}, vars: {x: '${env.PIPELINE_TOKEN}', y: $PIPELINE_TOKEN}}}, domains:",
    )
    _replace(folder / "manifests" / "tasks.yaml", "subject: Notice", "subject: '${vars.x} ${vars.y}'")


def _authority(name: str) -> Attack:
    return _edited("manifests/mail.yaml", "tls: {mode: none}", f"tls: {{ca: '{name}'}}")


_DOCUMENT = "apiVersion: reconciler/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {spec}\n"

ATTACKS: Mapping[str, Attack] = {
    **{f"template is a link to {name}": _linked("templates/notice.txt.j2", place) for name, place in (
        ("a secret", lambda p: p.secret), ("a file beside", lambda p: p.beside), ("the home folder", lambda p: p.home),
        ("the environment", lambda p: p.environ),
    )},
    **{f"templates folder is a link to {name}": _folder_linked("templates", place) for name, place in (
        ("the secrets", lambda p: p.secret), ("the folder above", lambda p: p.beside), ("the home folder", lambda p: p.home),
        ("the process", lambda p: p.environ),
    )},
    **{f"project file names the templates {name}": _named("templates", value, lambda p: p.beside.name) for name, value in (
        ("above", lambda p: ".."), ("absolutely", lambda p: str(p.beside.parent)),
        ("by a way round", lambda p: "templates/../.."),
    )},
    **{f"{file} is a link out": _linked(file, lambda p: p.beside) for file in (
        "reconciler.yaml", "acknowledgements.yaml", "manifests/more.yaml", "manifests/tasks.yaml", "templates/ask.txt.j2",
        "templates/notice.html.j2",
    )},
    **{f"{file} is the environment": _linked(file, lambda p: p.environ) for file in (
        "reconciler.yaml", "acknowledgements.yaml", "manifests/more.yaml",
    )},
    "manifests folder is a link to the secrets": _linked("manifests/below", lambda p: p.secret.parent),
    "manifests folder is named above": _named("manifests", lambda p: ".."),
    "a link to the root": _root_linked,
    "a chain of links": _chain_of_links,
    "a link to version control": _link_inside,
    "templates folder is version control's": _hidden_folder,
    "an overlay folder is a link": _overlay,
    "variables name the environment": _variables,
    "body leads out": _body("../../beside.txt"),
    "body is absolute": lambda folder, places: _body(str(places.beside))(folder, places),
    "include leads out": _template("{% include '../../beside.txt' %}"),
    "include is absolute": _template("{% include '<1>' %}"),
    "import is absolute": _template("{% import '<0>' as x %}{{ x }}"),
    "extends the environment": _template("{% extends '<3>' %}"),
    "attributes of Python": _template("{{ self.__init__.__globals__.os.environ }}"),
    "attributes of a view": _template("{{ task.__class__.__mro__[1].__subclasses__() }}"),
    "attributes by filter": _template("{{ [task] | map(attribute='__class__.__init__.__globals__') | first }}"),
    "attributes by item": _template("{{ task['__class__'] }}{{ ''['format'] }}"),
    "a cycler's globals": _template("{{ cycler.__init__.__globals__.os.popen('env').read() }}"),
    "a format string": _template("{{ '{0.__class__.__init__.__globals__}' % task }}"),
    "a style sheet that is imported": _template("<style>@import url('file://<1>');</style><p>x</p>", "notice.html.j2"),
    "a style sheet that is linked": _template("<link rel='stylesheet' href='file://<1>'><p>x</p>", "notice.html.j2"),
    "a picture from a file": _template("<img src='file://<2>'><object data='file://<2>'></object>", "notice.html.j2"),
    "an external entity": _template("<!DOCTYPE x [<!ENTITY e SYSTEM 'file://<1>'>]><p>&e;</p>", "notice.html.j2"),
    "a frame of a file": _template("<iframe src='file://<3>'></iframe><p>x</p>", "notice.html.j2"),
    "an authority above": _authority("../beside.txt"),
    "an authority that is absolute": lambda folder, places: _authority(str(places.secret))(folder, places),
    "a secret's name leads out": _edited("manifests/mail.yaml", "secret: relay-password", "secret: ../beside.txt"),
    "a secret as a parameter": _edited(
        "manifests/tasks.yaml", "subject: Notice", "parameters: {x: {secret: relay-password}}, subject: '{{ parameters.x }}'"
    ),
    "a secret as the user": _edited("manifests/mail.yaml", "username: desk", "username: {secret: relay-password}"),
    "a variable of the environment as a secret": _edited("manifests/mail.yaml", "relay-password", "pipeline-token"),
    "a tag that constructs": _manifest("!!python/object/apply:os.getenv [PIPELINE_TOKEN]\n"),
    "a tag that includes": _manifest(_DOCUMENT.format(kind="Group", name="x", spec="{members: !include <1>}")),
    "a state in the secrets": _named("state", lambda p: f"sqlite:{p.secret}"),
    "a state that is the file beside": _named("state", lambda p: f"sqlite:{p.beside}"),
}  # fmt: skip
"""By what the stranger does. Their number and kinds are of the threat model; a new root or a new kind of file gets a row."""
