"""The written form of shared types, as JSON Schema (draft-07): what an editor checks and `explain` tells.

Pure data. A form says no more than the shape: it never refuses what the reader of the type accepts, and leaves to the
reader what takes knowledge (whether a domain exists, whether a number fits its bounds). ``title`` names the type for
people; ``patternErrorMessage`` is what editors say instead of a regular expression, and no part of JSON Schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Form = dict[str, Any]

_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"

NAME: Form = {
    "title": "name",
    "description": "Lowercase letters, digits and hyphens, at most 63, no hyphen at an end.",
    "type": "string",
    "pattern": f"^{_LABEL}$",
    "patternErrorMessage": "Write a name: lowercase letters, digits and hyphens, at most 63, no hyphen at an end.",
}

IDENTIFIER: Form = {
    "title": "camelCase name",
    "description": "A name that templates can use: a lowercase letter, then letters and digits, at most 63.",
    "type": "string",
    "pattern": "^[a-z][A-Za-z0-9]{0,62}$",
    "patternErrorMessage": "Write a camelCase name: fileName.",
}

TEXT: Form = {"title": "text", "description": "Text, on any number of lines.", "type": "string"}

LINE: Form = {
    "title": "one line of text",
    "description": "Text that may stand in a mail header: no line break, no other control character.",
    "type": "string",
    "pattern": r"^[^\u0000-\u0008\u000a-\u001f\u007f]*$(?!\n)",
    "patternErrorMessage": "Write it on one line: a line break could forge mail headers.",
}

TITLE: Form = {
    **LINE,
    "title": "human name",
    "pattern": r"^(?![^\S\n]+$(?!\n))[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$(?!\n)",
}

DURATION: Form = {
    "title": "duration",
    "description": "A whole number and a unit: s, m, h, d or w. Elapsed time: a day is 24 hours. At most ten years.",
    "type": "string",
    "pattern": "^(?!0+[smhdw])[0-9]{1,7}[smhdw]$",
    "patternErrorMessage": "Write a whole number and a unit: 90s, 15m, 8h, 3d or 2w.",
    "examples": ["90s", "15m", "8h", "3d", "2w"],
}

SECRET: Form = {
    "title": "secret",
    "description": (
        "The name of a secret, never its value. Where it is used, the value is read from a file of that name in the folder "
        "RECONCILER_SECRETS_DIR (or $CREDENTIALS_DIRECTORY), else from a variable: of relay-password it is "
        "RECONCILER_SECRET_RELAY_PASSWORD."
    ),
    "type": "object",
    "properties": {"secret": {**NAME, "description": "Its name."}},
    "required": ["secret"],
    "additionalProperties": False,
    "examples": [{"secret": "relay-password"}],
    "patternErrorMessage": "Write {secret: relay-password}: the value never stands in a manifest.",
}

PATH: Form = {
    "title": "path",
    "description": "A file or folder: relative, with forward slashes, without .. in it.",
    "type": "string",
    "pattern": r"^(?!/|builtin:)(?!(.*/)?\.\.(/|$))[^\\\u0000-\u0008\u000a-\u001f\u007f]+$",
    "patternErrorMessage": "Write a relative path with forward slashes, without .. in it.",
}

MAILBOX: Form = {
    "title": "address",
    "description": "An e-mail address, alone or after a name. A name that holds a comma stands in quotes.",
    "type": "string",
    "pattern": "@",
    "patternErrorMessage": "Write an e-mail address: rosa@example.com, or Rosa Lind <rosa@example.com>.",
    "examples": ["rosa@example.com", "Rosa Lind <rosa@example.com>", '"Lind, Rosa" <rosa@example.com>'],
}

BARE_ADDRESS: Form = {
    "title": "bare address",
    "description": "An e-mail address without a name.",
    "type": "string",
    "pattern": r"^\s*<?[^<>]*@[^<>]*>?\s*$",
    "patternErrorMessage": "Write an e-mail address without a name: bounces@example.com.",
    "examples": ["bounces@example.com"],
}

GROUP_REFERENCE: Form = {
    "title": "group",
    "description": "Everybody in a Group.",
    "type": "object",
    "properties": {"group": {**NAME, "description": "Name of the Group."}},
    "required": ["group"],
    "additionalProperties": False,
    "examples": [{"group": "service-desk"}],
}

RECIPIENT: Form = {
    "title": "recipient",
    "description": "An address, or {group: name}, which stands for its members.",
    "anyOf": [MAILBOX, GROUP_REFERENCE],
    "examples": ["Rosa Lind <rosa@example.com>", {"group": "service-desk"}],
}

RECIPIENTS: Form = {
    "title": "set of recipients",
    "description": "A list of recipients. Order does not matter, and whoever stands there twice counts once.",
    "type": "array",
    "items": RECIPIENT,
}

SOME_RECIPIENTS: Form = {**RECIPIENTS, "minItems": 1}

ADDRESSEES: Form = {
    "title": "recipients",
    "description": "A set of recipients, or one text of addresses with commas between.",
    "anyOf": [RECIPIENTS, {**MAILBOX, "title": "addresses, with commas between"}],
    "examples": ["rosa@example.com, tariq@example.com", [{"group": "service-desk"}]],
}

SERVER_URI: Form = {
    "title": "server URI",
    "description": "smtp://host or smtps://host, with :port where it is not 25 or 465. IPv6 in brackets; no login.",
    "type": "string",
    "pattern": "^[sS][mM][tT][pP][sS]?://[^@]+$",
    "patternErrorMessage": "Write smtp://mail.example.com or smtps://mail.example.com; a login belongs in a Credential.",
    "examples": ["smtp://mail.example.com:587", "smtps://mail.example.com"],
}

HOST: Form = {**LINE, "title": "host name", "description": "A domain name or an IP address."}

SCALAR: Form = {
    "title": "value",
    "description": "Text, a number, true or false.",
    "type": ["string", "number", "boolean"],
}

ANY_SCALAR: Form = {**SCALAR, "type": ["string", "number", "boolean", "null"]}

BOUND: Form = {"title": "value", "description": "A value of the declared type.", "type": ["string", "number", "null"]}

CHOICES: Form = {
    "title": "list of values",
    "description": "Values of the declared type.",
    "type": ["array", "null"],
    "items": SCALAR,
    "minItems": 1,
}

QUORUM: Form = {
    "title": "number or all",
    "description": "A number of people, or all of them.",
    "anyOf": [{"type": "integer", "minimum": 1}, {"enum": ["all"]}],
}

SHARED: Mapping[str, Form] = {
    "Address": MAILBOX,
    "Recipient": RECIPIENT,
    "Duration": DURATION,
    "Secret": SECRET,
    "Path": PATH,
    "Name": NAME,
}
"""Types that many fields have, by the word that asks `explain` for them."""
