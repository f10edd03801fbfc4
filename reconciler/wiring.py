"""The only file that names concrete backends and transports: it builds the workspace the operations are given."""

from __future__ import annotations

import getpass
import os
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from reconciler.delivery.smtp import SmtpTransport
from reconciler.kinds.registry import REGISTRY
from reconciler.messages.outcomes.verdict import judge_reply
from reconciler.model.errors import EnvironmentFault, UserError
from reconciler.model.ids import CHANCE, make_id
from reconciler.model.wording import Given, Sentence
from reconciler.operations.context.workspace import Caller, Workspace, started, this_host
from reconciler.sources.plan_key import VARIABLE, PlanKeys, list_key_files
from reconciler.sources.project.file import ProjectFile, find_project, read_project_file
from reconciler.sources.project.platform_file import VARIABLE as PLATFORM_VARIABLE
from reconciler.sources.project.platform_file import read_platform_file
from reconciler.sources.reading import Root
from reconciler.sources.secrets import FOLDERS as SECRET_FOLDERS
from reconciler.sources.secrets import EnvironmentSecrets
from reconciler.state.privacy import FOLDER, Privacy
from reconciler.state.protocols import State
from reconciler.state.sqlite.backend import SqliteState

_POSTGRES = ("postgresql", "postgres")
DEFAULT_STATE = "sqlite:.reconciler/state.db"

NAMED_IN = {name: kind.named_in for name, kind in REGISTRY.items() if kind.named_in is not None}
"""Where requests and messages name resources, by kind: what the state is told of kinds."""

_CLAIMS = ("GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BUILD_REQUESTEDFOR", "BITBUCKET_STEP_TRIGGERER_UUID")
"""Variables in which pipelines say on whose behalf they run."""

_COMMITS = ("GITHUB_SHA", "CI_COMMIT_SHA", "BUILD_SOURCEVERSION", "BITBUCKET_COMMIT", "CIRCLE_SHA1", "GIT_COMMIT")
"""Variables in which pipelines say which commit they run for."""


def open_workspace(
    directory: Path,
    state_url: str | None,
    environment: Mapping[str, str],
    *,
    actor: str | None = None,
    env: str | None = None,
    notice: Callable[[str], None] = lambda line: None,
) -> Workspace:
    """The project ``directory`` lies in, as its environment ``env`` sees it. Of all there is, only its file is read.

    ``notice`` hears what a person should know of the state's files, whenever they are used.

    Raises `UserError` for a state URL that is not understood and an environment that is not defined, `InvalidManifests`
    for faults of the project file.
    """
    root = find_project_root(directory, environment, state_url)
    folder = root.path
    project = _with_platform(read_project_file(root, env), environment)
    values = EnvironmentSecrets(environment)
    privacy = Privacy(folder.stat().st_uid, notice)
    url = state_url if state_url is not None else project.state or DEFAULT_STATE
    state = _state(
        url,
        folder,
        privacy,
        stated=Sentence(Given("state"), " (or RECONCILER_STATE)")
        if state_url is not None
        else "state in reconciler.yaml",
    )
    file = _file_of(url, folder)
    beside = file.parent if file else folder / FOLDER
    return Workspace(
        folder=folder,
        registry=REGISTRY,
        state=state,
        transport=SmtpTransport(values, judge_reply),
        secrets=values,
        caller=_caller(environment, actor),
        now=state.now,
        new_id=draw_id,
        plan_keys=PlanKeys(beside, environment.get(VARIABLE, ""), privacy.require_owned, privacy.narrow),
        project=project,
        state_file=file,
        private=(*root.private, *list_key_files(file or beside / "state")),
    )


def find_project_root(directory: Path, environment: Mapping[str, str], state_url: str | None = None) -> Root:
    """The folder of the project ``directory`` lies in, and what nothing in it may lead to: secrets, platform file, state."""
    folder = find_project(directory)
    named = (environment.get(variable) for variable in (*SECRET_FOLDERS, PLATFORM_VARIABLE))
    private = [Path(path).absolute() for path in named if path]
    file = _file_of(state_url or DEFAULT_STATE, folder) or folder / FOLDER / "state"
    return Root(folder, (*private, *list_key_files(file)))


def draw_id(prefix: str) -> str:
    """A new id of this moment; see `reconciler.model.ids.make_id`."""
    return make_id(prefix, time.time_ns() // 1_000_000, secrets.randbits(CHANCE))


def _with_platform(project: ProjectFile, environment: Mapping[str, str]) -> ProjectFile:
    path = environment.get(PLATFORM_VARIABLE)
    return replace(project, platform=read_platform_file(Path(path))) if path else project


def _state(url: str, folder: Path, privacy: Privacy, stated: str) -> State:
    """``stated``: where the URL was given. Of a URL only the scheme is repeated: it may hold a password."""
    scheme, colon, rest = url.partition(":")
    if scheme == "sqlite" and rest:
        return SqliteState(folder / rest, NAMED_IN, label=rest, privacy=privacy)
    if scheme in _POSTGRES and rest.startswith("//"):
        return _postgres(url)
    if not url:
        detail = Sentence(stated, " is empty.")
    elif scheme == "sqlite":
        detail = Sentence(stated, " names no file behind “sqlite:”.")
    elif colon:
        detail = Sentence(stated, f" asks for the backend “{scheme}”; states are kept in SQLite or PostgreSQL.")
    else:
        detail = Sentence(stated, " does not begin with a backend.")
    raise UserError(
        "Unknown state URL",
        detail,
        "Write it as sqlite:PATH, for example sqlite:.reconciler/state.db (paths are relative to the project), or as "
        "postgresql://USER@HOST/DATABASE.",
    )


def _postgres(url: str) -> State:
    try:
        # The driver costs more than all the rest of the start, and few need it.
        from reconciler.state.postgres.backend import PostgresState  # noqa: PLC0415
    except ImportError as error:
        raise EnvironmentFault(
            "The driver for PostgreSQL is not installed",
            f"The state is in PostgreSQL, and Python says: {error}.",
            "Install it: pip install 'reconciler[postgres]'.",
        ) from error
    return PostgresState(url, NAMED_IN)


def _file_of(url: str, folder: Path) -> Path | None:
    """Where a state that is a file stands: what belongs to it is kept beside it."""
    scheme, _, rest = url.partition(":")
    return None if scheme in _POSTGRES else folder / rest


def _caller(environment: Mapping[str, str], actor: str | None) -> Caller:
    host = this_host()
    operator = f"{_user()}@{host}"
    claimed = actor or next((environment[name] for name in _CLAIMS if environment.get(name)), None)
    process = os.getpid()
    commit = next((environment[name] for name in _COMMITS if environment.get(name)), "")
    return Caller(claimed or operator, operator, host, process, started(process), commit)


def _user() -> str:
    """The OS user; its number where it has no name (a container started with an arbitrary one)."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid-{os.getuid()}"
