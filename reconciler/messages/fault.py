"""What can be wrong with a template, as data."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.errors import UserError


@dataclass(frozen=True, slots=True)
class TemplateFault:
    """One fault of a template. ``template`` as a `TemplateRef` names it; ``line`` counts from 1.

    ``summary``: a constant phrase. ``detail``: full sentences. ``hint``: what to do next, or a "did you mean".
    ``warning``: it works as it is.
    """

    template: str
    line: int
    summary: str
    detail: str
    hint: str = ""
    warning: bool = False


class RenderFailure(UserError):
    """A template could not be rendered; ``fault`` tells where and why."""

    code = "template"

    def __init__(self, fault: TemplateFault) -> None:
        super().__init__(fault.summary, f"{fault.template}:{fault.line}: {fault.detail}", fault.hint)
        self.fault = fault
