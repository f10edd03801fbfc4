"""What a Credential says: a name to log in with, and which secret is the password."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from reconciler.kinds.fields.spec import ResourceSpec, about
from reconciler.kinds.fields.texts import HeaderText, SecretField
from reconciler.kinds.reading.faults import INVALID, fault


def _write(value: str) -> str:
    if not value.strip():
        raise fault(INVALID, "is empty", "Write the name to log in with.")
    return value


class CredentialSpec(ResourceSpec):
    """``username`` is one line; ``password`` the name of a secret."""

    KIND = "Credential"

    username: Annotated[HeaderText, AfterValidator(_write), about("The name to log in with.")]
    password: Annotated[
        SecretField,
        about(
            "The name of a secret: the value never stands in a manifest. Where mail is sent, it is read from a file of that "
            "name in the folder RECONCILER_SECRETS_DIR (or $CREDENTIALS_DIRECTORY), else from the variable: of "
            "relay-password that is RECONCILER_SECRET_RELAY_PASSWORD."
        ),
    ]
