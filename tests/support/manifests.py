"""Generated manifest sets: valid together, and each in many spellings that mean the same.

`manifest_sets` draws plain documents; `spellings` draws texts of files that say the same as a set: other order of files,
documents and keys, sets in another order, each short form and long form a field has.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

Document = dict[str, Any]

ADDRESSES = (
    "rosa.lind@example.com",
    "tariq@example.org",
    "Ines Okafor <ines@example.net>",
    '"Lind, Rosa" <rosa.two@example.com>',
    "Zoë <zoe+alerts@example.com>",
    "desk@bücher.example",
)
WORDS = st.sampled_from(["Note", "Wartung: 50 %", "née Zoë", "a  b", "'quoted' \"text\"", "# no comment", "yes", "12"])
DURATIONS = st.sampled_from(["30s", "15m", "8h", "3d", "2w"])
SETS = {"Group": ("members",), "EmailTask": ("to", "cc", "bcc")}


@dataclass(frozen=True)
class ManifestSet:
    """Documents that are valid together, each with its required fields and some others."""

    documents: tuple[Document, ...]

    def files(self) -> dict[str, str]:
        """One file, documents in the order drawn."""
        return {"all.yaml": yaml_text(self.documents)}


def yaml_text(documents: Sequence[Document]) -> str:
    """The documents as YAML: JSON is YAML, and nobody has to quote anything right."""
    return "\n---\n".join(json.dumps(document, ensure_ascii=False, indent=1) for document in documents) + "\n"


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Make the files all that ``folder`` holds."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in sorted(folder.rglob("*.yaml")):
        old.unlink()
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@st.composite
def manifest_sets(draw: st.DrawFn) -> ManifestSet:
    """One to about a dozen resources of every kind."""
    servers = [draw(_server(f"relay-{n}")) for n in range(draw(st.integers(1, 2)))]
    logins = [
        document("Credential", name, _login(name))
        for name in sorted({s["spec"].get("credential", "") for s in servers} - {""})
    ]
    names = [f"group-{n}" for n in range(draw(st.integers(0, 3)))]
    groups = [draw(_group(name, names[:n])) for n, name in enumerate(names)]
    tasks = [draw(_task(f"task-{n}", names)) for n in range(draw(st.integers(0, 3)))]
    asks = [draw(_ask(f"ask-{n}")) for n in range(draw(st.integers(0, 1)))]
    processes = [
        draw(_process(f"process-{n}", names, [a["metadata"]["name"] for a in asks]))
        for n in range(draw(st.integers(0, 2)))
    ]
    types = [draw(_type(f"type-{n}", process["metadata"]["name"])) for n, process in enumerate(processes)]
    return ManifestSet((*servers, *logins, *groups, *tasks, *asks, *processes, *types))


def document(kind: str, name: str, spec: Mapping[str, Any], **metadata: Any) -> Document:
    """A document with the usual envelope."""
    return {"apiVersion": "reconciler/v1", "kind": kind, "metadata": {"name": name, **metadata}, "spec": dict(spec)}


@st.composite
def spellings(draw: st.DrawFn, manifests: ManifestSet) -> dict[str, str]:
    """Texts by file name that mean the same as the set."""
    documents = [draw(_respelled(each)) for each in draw(st.permutations(manifests.documents))]
    names = draw(
        st.lists(st.sampled_from(["a.yaml", "b.yaml", "sub/c.yaml"]), min_size=len(documents), max_size=len(documents))
    )
    found: dict[str, list[Document]] = {}
    for name, each in zip(names, documents, strict=True):
        found.setdefault(name, []).append(each)
    return {name: yaml_text(each) for name, each in found.items()}


def _optional(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


_METADATA = _optional(
    title=WORDS, description=WORDS, labels=st.dictionaries(st.sampled_from(["team", "stage"]), WORDS, max_size=2)
)


@st.composite
def _server(draw: st.DrawFn, name: str) -> Document:
    spec = {
        "uri": draw(
            st.sampled_from(
                ["smtp://mail.example.com:587", "smtp://mail.example.com:25", "smtps://mail.example.org:465"]
            )
        ),
        "from": draw(st.sampled_from(ADDRESSES[:4])),
        **draw(
            _optional(
                limits=st.just({"connections": 2}),
                timeouts=st.fixed_dictionaries({"connect": DURATIONS}),
                helo=st.just("mail.example.com"),
            )
        ),
    }
    if spec["uri"].endswith(("587", "465")) and draw(st.booleans()):
        spec["credential"] = f"{name}-login"
    return document("SmtpServer", name, spec, **draw(_METADATA))


def _login(name: str) -> dict[str, Any]:
    return {"username": name, "password": {"secret": f"{name}-password"}}


def _recipients(groups: Sequence[str], least: int = 1) -> st.SearchStrategy[list[Any]]:
    """People, each once, and groups; at least one person, so that nobody is asked to write to nobody."""
    people = st.lists(st.sampled_from(ADDRESSES[:5]), min_size=least, max_size=4, unique=True)
    named = st.lists(st.sampled_from(groups), max_size=2, unique=True) if groups else st.just([])
    return st.tuples(people, named).map(lambda drawn: [*drawn[0], *({"group": name} for name in drawn[1])])


@st.composite
def _group(draw: st.DrawFn, name: str, earlier: Sequence[str]) -> Document:
    return document("Group", name, {"members": draw(_recipients(earlier))}, **draw(_METADATA))


@st.composite
def _task(draw: st.DrawFn, name: str, groups: Sequence[str]) -> Document:
    spec = {
        "smtpServer": "relay-0",
        "to": draw(_recipients(groups)),
        "subject": draw(WORDS),
        "body": draw(
            st.sampled_from(["One line\n", "Several\n\n  lines of {{ task.name }}\n", "{{ parameters.place }}"])
        ),
        "parameters": {"place": draw(WORDS), **draw(_optional(count=st.integers(-5, 5), urgent=st.booleans()))},
        **draw(_optional(cc=_recipients(groups), replyTo=st.sampled_from(ADDRESSES), expireAfter=DURATIONS)),
        **draw(_optional(enabled=st.booleans())),
    }
    return document("EmailTask", name, spec, **draw(_METADATA))


@st.composite
def _ask(draw: st.DrawFn, name: str) -> Document:
    spec = {
        "context": "approval",
        "smtpServer": "relay-0",
        **draw(_optional(subject=st.just("{{ request.subject }}?"))),
    }
    return document("EmailTask", name, spec, **draw(_METADATA))


@st.composite
def _process(draw: st.DrawFn, name: str, groups: Sequence[str], asks: Sequence[str]) -> Document:
    stage = {
        "approvers": draw(_recipients(groups)),
        **draw(_optional(quorum=st.sampled_from([1, "all"]), expireAfter=DURATIONS, name=st.just("owners"))),
    }
    spec = {
        "smtpServer": "relay-0",
        "stages": [stage],
        **draw(_optional(selfApproval=st.booleans(), requireComment=st.sampled_from(["always", "never"]))),
    }
    if asks and draw(st.booleans()):
        spec["startActivity"] = asks[0]
    return document("ApprovalProcess", name, spec, **draw(_METADATA))


@st.composite
def _type(draw: st.DrawFn, name: str, process: str) -> Document:
    declarations = st.fixed_dictionaries(
        {"required": st.booleans()}, optional={"title": WORDS, "maxLength": st.just(80)}
    )
    fields = draw(st.dictionaries(st.sampled_from(["fileName", "computer", "ticket"]), declarations, max_size=3))
    return document(
        "ApprovalType", name, {"process": process, **({"fields": fields} if fields else {})}, **draw(_METADATA)
    )


@st.composite
def _respelled(draw: st.DrawFn, given: Document) -> Document:
    """The same document in other words: keys, sets, short and long forms."""
    spec = dict(given["spec"])
    for name in SETS.get(given["kind"], ()):
        if name in spec:
            spec[name] = draw(_recipient_spelling(spec[name], listed=given["kind"] == "EmailTask"))
    if given["kind"] == "ApprovalProcess":
        stage = dict(spec["stages"][0])
        stage["approvers"] = draw(_recipient_spelling(stage["approvers"], listed=False))
        spec["stages"] = [draw(_shuffled(stage))]
    if given["kind"] == "SmtpServer":
        spec["uri"] = draw(_uri_spelling(spec["uri"]))
    spec |= draw(_unsaid(given["kind"], spec))
    metadata = {
        **given["metadata"],
        **draw(_optional(**{k: v for k, v in _EMPTY_METADATA.items() if k not in given["metadata"]})),
    }
    whole = {**given, "metadata": draw(_shuffled(metadata)), "spec": draw(_shuffled(spec))}
    return draw(_shuffled(whole))


_EMPTY_METADATA = {"title": st.just(""), "description": st.just(""), "labels": st.just({})}


@st.composite
def _shuffled(draw: st.DrawFn, given: Mapping[str, Any]) -> dict[str, Any]:
    return dict(draw(st.permutations(list(given.items()))))


@st.composite
def _recipient_spelling(draw: st.DrawFn, given: Sequence[Any], *, listed: bool) -> Any:
    """Another order, somebody twice, domains in capitals; a text with commas where the field takes one."""
    items = [draw(_address_spelling(item)) if isinstance(item, str) else item for item in draw(st.permutations(given))]
    items += draw(st.lists(st.sampled_from(items), max_size=1))
    if listed and all(isinstance(item, str) for item in items) and draw(st.booleans()):
        return ", ".join(items)
    return items


def _address_spelling(text: str) -> st.SearchStrategy[str]:
    head, at, domain = text.rpartition("@")
    return st.sampled_from([text, f"{head}{at}{domain.upper()}"])


def _uri_spelling(uri: str) -> st.SearchStrategy[str]:
    scheme, _, rest = uri.partition("://")
    host, _, port = rest.partition(":")
    spelled = [uri, f"{scheme}://{host.upper()}:{port}", f"{scheme}://{host};{port}"]
    return st.sampled_from([*spelled, f"{scheme}://{host}"] if port in ("25", "465") else spelled)


def _unsaid(kind: str, spec: Mapping[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Fields that say nothing: null, an empty list or map, a default, for what the spec leaves out."""
    said: dict[str, st.SearchStrategy[Any]] = {
        name: value for name, value in _NOTHING.get(kind, {}).items() if name not in spec
    }
    return _optional(**said)


_NOTHING: Mapping[str, Mapping[str, st.SearchStrategy[Any]]] = {
    "SmtpServer": {"credential": st.none(), "envelopeFrom": st.none(), "helo": st.none(), "tls": st.just({})},
    "EmailTask": {
        "from": st.none(), "cc": st.just([]), "bcc": st.just([]),
        "replyTo": st.none(), "expireAfter": st.just("5d"), "enabled": st.just(True), "parameters": st.just({}),
    },
    "ApprovalProcess": {
        "startActivity": st.none(), "completedActivity": st.sampled_from([None, {}]), "selfApproval": st.just(False),
        "requireReason": st.just(True), "requireComment": st.just("on-deny"),
    },
    "ApprovalType": {"subject": st.none(), "fields": st.just({})},
}  # fmt: skip
