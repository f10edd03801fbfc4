"""What a request is called: the subject its approval type gives it."""

from __future__ import annotations

from reconciler.messages.contexts.values import is_nullable
from reconciler.messages.mail import Asked, TemplateRef
from reconciler.model.configuration.resource import Path, Resource

_SUBJECT: Path = ("spec", "subject")


def asked_of(kind: Resource) -> Asked:
    """The template of a request's subject, as text; the one made of title and fields where the approval type has none.

    The spec has ``subject`` and ``fields``.
    """
    label, title = f"{kind.address} spec.subject", kind.title
    if kind.spec.subject is not None:
        return Asked(TemplateRef(label, _SUBJECT, kind.spec.subject), title)
    always = [name for name, declaration in kind.spec.fields.items() if not is_nullable(declaration)][:2]
    values = ", ".join(f"{{{{ fields.{name} }}}}" for name in always)
    words = _literal(title)
    return Asked(TemplateRef(label, _SUBJECT, f"{words}: {values}" if values else words), title)


def _literal(text: str) -> str:
    """A template that prints the text whatever it holds."""
    if "{" not in text:
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'{{{{ "{escaped}" }}}}'
