"""The typed walk over a template: what it reads against what its context declares.

It says nothing where it is not sure (an unknown type goes with everything): the rendering of the samples comes after it.
Null is followed through guards: inside ``{% if x %}``, ``x and …``, ``… if x`` and their opposites ``x`` is not null.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from reconciler.messages.checking.filtertypes import Misfit, name_type
from reconciler.messages.checking.guards import find_guards, judge_condition
from reconciler.messages.checking.telling import CONSTANT, join_telling, set_telling, tells_of
from reconciler.messages.checking.typeinfer import Inference, Scope
from reconciler.messages.contexts.shape import (
    LOOP_MEMBERS,
    TEXT,
    Labels,
    ListOf,
    Nullable,
    ObjectType,
    Shape,
    Type,
    Unknown,
)
from reconciler.messages.language.grammar import name_kind
from reconciler.messages.language.limits import TemplateFault

MAX_PASSES = 4
"""Walks in search of what macros are given, which is known when their calls have been seen: macros may pass it on."""

MAX_WALKS = 100
"""Templates walked for one mail, each as often as it is included."""


def type_faults(root: str, trees: Mapping[str, Any], shape: Shape) -> list[TemplateFault]:
    """Faults of the template ``root`` and of everything it uses, in the context of the shape."""
    passed: dict[tuple[str, int | str], Unknown] = {}
    for _ in range(MAX_PASSES):
        walk = _TemplateWalk(trees, shape, passed)
        walk.template(root, Scope(shape.roots))
        if not any(each.tells and passed.get(key, Unknown()).tells != each.tells for key, each in walk.passed.items()):
            break
        passed = walk.passed
    return walk.faults


class _TemplateWalk:
    """One walk; collects faults. Each statement takes what is known before it and gives what is known after it."""

    def __init__(self, trees: Mapping[str, Any], shape: Shape, given: Mapping[tuple[str, int | str], Unknown]) -> None:
        self.faults: list[TemplateFault] = []
        self._trees = trees
        self._shape = shape
        self._name = ""
        self._walks = 0
        self._given = given
        self._written: list[Type] = []
        self._infer = Inference(shape, self._note_fault)
        self._statements: Mapping[str, Callable[[Any, Scope], Scope]] = {
            "Output": self._check_output,
            "For": self._check_for,
            "If": self._check_if,
            "Assign": self._check_assign,
            "AssignBlock": self._check_assign_block,
            "With": self._check_with,
            "Block": self._block,
            "Macro": self._check_macro,
            "Include": self._check_include,
            "Import": self._import,
            "FromImport": self._check_from_import,
        }

    @property
    def passed(self) -> dict[tuple[str, int | str], Unknown]:
        """What macros were given; see `Inference`."""
        return self._infer.passed

    def template(self, name: str, seen: Scope) -> None:
        """A whole template, and after it the one it extends, which sees what it has set."""
        self._walks += 1
        if name not in self._trees or self._walks > MAX_WALKS:
            return
        outer, self._name = self._name, name
        tree = self._trees[name]
        seen = self._check_body(tree.body, seen)
        parents = [node.template.value for node in tree.body if name_kind(node) == "Extends"]
        self._name = outer
        for parent in parents:
            self.template(parent, seen)

    def _note_fault(self, line: int, misfit: Misfit) -> None:
        self.faults.append(TemplateFault(self._name, line, misfit.summary, misfit.detail, misfit.hint, misfit.warning))

    def _check_body(self, statements: Iterable[Any], seen: Scope) -> Scope:
        for node in statements:
            handle = self._statements.get(name_kind(node))
            seen = handle(node, seen) if handle else seen
        return seen

    def _check_output(self, node: Any, seen: Scope) -> Scope:
        for child in node.nodes:
            data = name_kind(child) == "TemplateData"
            self._written.append(Unknown(CONSTANT) if data else self._infer.printed(child, seen))
        return seen

    def _check_for(self, node: Any, seen: Scope) -> Scope:
        item = self._check_item(node.iter, seen)
        inner = self._check_targets(node.target, item, seen).bound("loop", ObjectType("loop", LOOP_MEMBERS), local=True)
        if node.test is not None:
            self._infer.asked(node.test, inner)
            inner = inner.knowing(find_guards(node.test)[0])
        self._check_body(node.body, inner)
        self._check_body(node.else_, seen)
        return seen

    def _check_item(self, node: Any, seen: Scope) -> Type:
        looped = self._infer.type(node, seen)
        if isinstance(looped, ListOf):
            return looped.item
        if isinstance(looped, Labels):
            return TEXT
        if not isinstance(looped, Unknown):
            label = self._infer.label(node)
            if isinstance(looped, Nullable):
                hint = f"Guard it with `{{% if {label} %}}`."
                self._note_fault(
                    node.lineno, Misfit("May be null", f"The loop runs over `{label}`, which may be null.", hint)
                )
            else:
                said = f"The loop runs over `{label}`, which is {name_type(looped)} and no list."
                self._note_fault(node.lineno, Misfit("Wrong type", said, "Loop over a list, or print the value."))
        return Unknown()

    def _check_targets(self, target: Any, value: Type, seen: Scope) -> Scope:
        if name_kind(target) == "Name":
            return seen.bound(target.name, value, local=True)
        for item in getattr(target, "items", ()):
            seen = self._check_targets(item, Unknown(tells_of(value)), seen)
        return seen

    def _check_if(self, node: Any, seen: Scope) -> Scope:
        ends: list[Scope] = []
        before = seen
        for branch in (node, *node.elif_):
            self._infer.asked(branch.test, seen)
            decided = judge_condition(branch.test, lambda each: self._infer.declared(each, before))
            holds, fails = find_guards(branch.test)
            if decided is not False:
                ends.append(self._check_body(branch.body, seen.knowing(holds)))
            if decided is True:
                break
            seen = seen.knowing(fails)
        else:
            ends.append(self._check_body(node.else_, seen))
        return _merge(before, ends)

    def _check_assign(self, node: Any, seen: Scope) -> Scope:
        value = self._infer.type(node.node, seen)
        if name_kind(node.target) == "Name":
            return seen.bound(node.target.name, value)
        for item in node.target.items:
            seen = seen.bound(item.name, Unknown(tells_of(value)))
        return seen

    def _check_assign_block(self, node: Any, seen: Scope) -> Scope:
        before, self._written = self._written, []
        self._check_body(node.body, seen)
        tells, self._written = join_telling(self._written), before
        return seen.bound(node.target.name, set_telling(TEXT, tells))

    def _check_with(self, node: Any, seen: Scope) -> Scope:
        inner = seen
        for target, value in zip(node.targets, node.values, strict=True):
            inner = self._check_targets(target, self._infer.type(value, seen), inner)
        self._check_body(node.body, inner)
        return seen

    def _block(self, node: Any, seen: Scope) -> Scope:
        self._check_body(node.body, seen if node.scoped else seen.without_locals(self._shape.roots))
        return seen

    def _check_macro(self, node: Any, seen: Scope) -> Scope:
        defaults = [Unknown()] * (len(node.args) - len(node.defaults))
        defaults += [Unknown(tells_of(self._infer.type(default, seen))) for default in node.defaults]
        seen = seen.bound(node.name, Unknown())
        inner = seen
        for number, (argument, default) in enumerate(zip(node.args, defaults, strict=True)):
            given = (self._given.get((node.name, key)) for key in (number, argument.name))
            told_by = next((each for each in (*given, default) if each and each.tells), Unknown())
            inner = inner.bound(argument.name, told_by, local=True)
        self._check_body(node.body, inner)
        return seen

    def _check_include(self, node: Any, seen: Scope) -> Scope:
        self.template(node.template.value, seen if node.with_context else Scope({}))
        return seen

    def _import(self, node: Any, seen: Scope) -> Scope:
        self._check_include(node, seen)
        return seen.bound(node.target, Unknown())

    def _check_from_import(self, node: Any, seen: Scope) -> Scope:
        self._check_include(node, seen)
        for name in node.names:
            own, here = (name, name) if isinstance(name, str) else name
            self._infer.passed |= {(own, key): each for (called, key), each in self._given.items() if called == here}
            seen = seen.bound(here, Unknown())
        return seen


def _merge(before: Scope, ends: Sequence[Scope]) -> Scope:
    """What is known after branches: a name they give different types is unknown."""
    if not ends:
        return before
    changed = {
        name
        for end in ends
        if end.names is not before.names
        for name, found in end.names.items()
        if before.names.get(name) is not found
    }
    names = dict(before.names)
    for name in changed:
        first, *others = kinds = [end.names.get(name) for end in ends]
        alike = first is not None and all(other == first for other in others)
        names[name] = set_telling(first if first and alike else Unknown(), join_telling(each for each in kinds if each))
    present = frozenset.intersection(*(end.present for end in ends))
    return replace(before, names=names, present=present)
