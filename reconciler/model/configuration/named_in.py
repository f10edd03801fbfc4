"""Where what runs names a resource: what its kind declares, so that whoever keeps the rows need not know the kinds."""

from __future__ import annotations

from enum import Enum, auto


class NamedIn(Enum):
    """The place in a request or a message at which resources of a kind are named.

    Requests and servers hold the resource's name, the task of a message its whole address. An open request needs what it names
    under REQUEST_TYPE, REQUEST_PROCESS and STAGE_GROUP, an unfinished message what it names under MESSAGE_TASK and
    MESSAGE_SERVER.
    """

    REQUEST_TYPE = auto()
    REQUEST_PROCESS = auto()
    STAGE_GROUP = auto()
    MESSAGE_TASK = auto()
    MESSAGE_SERVER = auto()
