"""The type of each expression of a template, and the faults met on the way to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reconciler.messages.checking.filtertypes import (
    FilterUse,
    Misfit,
    check_printing,
    filter_type,
    find_attribute_type,
    find_member,
    name_type,
    refuse_member,
)
from reconciler.messages.checking.guards import NOTHING, Keys, find_guards, find_key, judge_condition
from reconciler.messages.checking.telling import (
    CONSTANT,
    check_comparison,
    check_condition,
    is_plain,
    join_telling,
    mark_replaced,
    set_telling,
    tells_of,
)
from reconciler.messages.contexts.shape import (
    BOOLEAN,
    DATE,
    DATETIME,
    DURATION,
    INTEGER,
    NUMBER,
    TEXT,
    ListOf,
    Null,
    Nullable,
    ScalarType,
    Shape,
    Type,
    Unknown,
    members_of,
    nullable,
)
from reconciler.messages.contexts.values import ContextApproval, ContextTask
from reconciler.messages.language.grammar import name_kind, suggest_instead

ELSEWHERE = frozenset(members_of(ContextTask)) | frozenset(members_of(ContextApproval))
"""Variables that some context has: a template that serves several may ask if they are defined."""
_NAMESPACES = ("fields", "parameters")
_ATTRIBUTES = frozenset({"selectattr", "rejectattr"})
_STRUCTURAL = _ATTRIBUTES | {"first", "last", "join", "sort", "unique"}
"""Filters that give items of what they take, which tell what they tell."""
_ORDERING = frozenset({"lt", "lteq", "gt", "gteq"})


@dataclass(frozen=True, slots=True)
class Scope:
    """What is known at one point of a template.

    ``present``: keys proven not to be null here. ``local``: names of loops, macros and ``with``, which blocks do not see.
    """

    names: Mapping[str, Type]
    present: Keys = NOTHING
    local: frozenset[str] = frozenset()

    def bound(self, name: str, value: Type, *, local: bool = False) -> Scope:
        """The name now stands for something else; what was proven of the old one is forgotten."""
        present = frozenset(key for key in self.present if key != name and not key.startswith(f"{name}."))
        return Scope({**self.names, name: value}, present, self.local | {name} if local else self.local - {name})

    def knowing(self, keys: Keys) -> Scope:
        """With these keys proven."""
        return replace(self, present=self.present | keys) if keys else self

    def without_locals(self, roots: Mapping[str, Type]) -> Scope:
        """As a block sees it."""
        kept = {name: value for name, value in self.names.items() if name not in self.local}
        roots = {name: value for name, value in roots.items() if name in self.local}
        return Scope({**kept, **roots}, self.present if not self.local else NOTHING)


class Inference:
    """Gives each expression its type; ``report`` takes the line and what does not fit. ``passed``: what arguments tell that
    macros were given, by the macro's name and the argument's position or name."""

    def __init__(self, shape: Shape, report: Callable[[int, Misfit], None]) -> None:
        self.passed: dict[tuple[str, int | str], Unknown] = {}
        self._shape = shape
        self._report = report
        self._kinds: Mapping[str, Callable[[Any, Scope], Type]] = {
            "Name": self._name,
            "Const": self._infer_constant,
            "Getattr": self._infer_getattr,
            "Getitem": self._infer_getitem,
            "Filter": self._filter,
            "Test": self._test,
            "Compare": self._compare,
            "And": self._infer_and,
            "Or": self._infer_or,
            "Not": self._infer_not,
            "CondExpr": self._infer_conditional,
            "Concat": self._infer_concat,
            "Call": self._call,
            "List": self._list,
            "Tuple": self._list,
            "Neg": self._sign,
            "Pos": self._sign,
        }
        self._kinds |= dict.fromkeys(("Add", "Sub", "Mul", "Div", "FloorDiv", "Mod"), self._infer_calculation)

    def type(self, node: Any, seen: Scope) -> Type:
        """The type of the expression; unknown after a fault, so that one mistake is one fault."""
        handle = self._kinds.get(name_kind(node))
        if handle is None:
            return Unknown(join_telling([self.type(child, seen) for child in node.iter_child_nodes()]))
        found = handle(node, seen)
        return found.inner if isinstance(found, Nullable) and find_key(node) in seen.present else found

    def printed(self, node: Any, seen: Scope) -> Type:
        """The expression is written into the mail."""
        found = self.type(node, seen)
        misfit = check_printing(self.label(node), found)
        if misfit:
            self._report(node.lineno, misfit)
        return found

    def asked(self, node: Any, seen: Scope) -> Type:
        """The expression is a condition."""
        found = self.type(node, seen)
        misfit = check_condition(self.label(node), found)
        if misfit:
            self._report(node.lineno, misfit)
        return found

    def declared(self, node: Any, seen: Scope) -> bool:
        """Whether the variable exists in this context."""
        return self._infer_quietly(node, seen) is not None

    def label(self, node: Any) -> str:
        """What people call the expression."""
        if name_kind(node) == "Filter":
            return f"{self.label(node.node)} | {node.name}"
        if name_kind(node) == "Getitem" and not find_key(node):
            return f"{self.label(node.node)}[…]"
        return find_key(node) or "this value"

    def _infer_quietly(self, node: Any, seen: Scope) -> Type | None:
        """The type of a variable or member, None where there is no such thing; reports nothing."""
        if name_kind(node) == "Name":
            return seen.names.get(node.name)
        if name_kind(node) in ("Getattr", "Getitem"):
            outer = self._infer_quietly(node.node, seen)
            inner = outer.inner if isinstance(outer, Nullable) else outer
            name = node.attr if name_kind(node) == "Getattr" else getattr(node.arg, "value", None)
            return find_member(inner, name) if inner is not None and isinstance(name, str) else inner
        return Unknown()

    def _name(self, node: Any, seen: Scope) -> Type:
        if node.name in seen.names:
            return seen.names[node.name]
        if node.name not in ("self", "super"):
            said = f"There is no variable `{node.name}` in the context {self._shape.context}."
            hint = suggest_instead(node.name, seen.names) or f"It has: {', '.join(self._shape.roots)}."
            self._report(node.lineno, Misfit("Unknown variable", said, hint))
        return Unknown()

    def _infer_constant(self, node: Any, seen: Scope) -> Type:
        value = node.value
        if value is None:
            return Null()
        if isinstance(value, bool):
            return set_telling(BOOLEAN, CONSTANT)
        return set_telling({int: INTEGER, float: NUMBER, str: TEXT}.get(type(value), Unknown()), CONSTANT)

    def _infer_getattr(self, node: Any, seen: Scope) -> Type:
        return self._infer_member(node, node.attr, seen)

    def _infer_getitem(self, node: Any, seen: Scope) -> Type:
        if name_kind(node.arg) == "Const" and isinstance(node.arg.value, str):
            return self._infer_member(node, node.arg.value, seen)
        outer = self._infer_reached(node, self.type(node.node, seen), "an item")
        key = self.type(node.arg, seen)
        if join_telling([outer]) == CONSTANT:
            self._compared(node, [(node.arg, key), (node.node, outer)])
        if name_kind(node.arg) == "Slice" or outer == TEXT:
            return outer
        return outer.item if isinstance(outer, ListOf) else Unknown()

    def _infer_member(self, node: Any, name: str, seen: Scope) -> Type:
        if name_kind(node.node) == "Name" and node.node.name in ("self", "super"):
            return Unknown()
        outer = self._infer_reached(node, self.type(node.node, seen), f"`{name}`")
        if isinstance(outer, Unknown):
            return outer
        found = find_member(outer, name)
        if found is None:
            self._report(node.lineno, refuse_member(self.label(node.node), outer, name))
            return Unknown()
        return found

    def _infer_reached(self, node: Any, outer: Type, what: str) -> Type:
        """``outer`` without null; reaching into null is a fault."""
        if not isinstance(outer, Nullable | Null):
            return outer
        label = self.label(node.node)
        said = f"`{label}` may be null, and {what} is read from it."
        self._report(node.lineno, Misfit("May be null", said, f"Guard it: `{{% if {label} %}} … {{% endif %}}`."))
        return outer.inner if isinstance(outer, Nullable) else Unknown()

    def _filter(self, node: Any, seen: Scope) -> Type:
        value = self.type(node.node, seen)
        args = tuple(self.type(each, seen) for each in node.args)
        named_args = {each.key: getattr(each.value, "value", None) for each in node.kwargs}
        more = [self.type(each.value, seen) for each in node.kwargs]
        constants = tuple(getattr(each, "value", None) for each in node.args)
        found = filter_type(FilterUse(node.name, self.label(node.node), value, args, constants, named_args))
        if isinstance(found, Misfit):
            self._report(node.lineno, found)
            return Unknown()
        if node.name in _ATTRIBUTES and len(node.args) > 2 and isinstance(value, ListOf):
            item = find_attribute_type("", value.item, constants[0])
            self._compared(
                node,
                [
                    (node.node, Unknown() if isinstance(item, Misfit) else item),
                    *zip(node.args[2:], args[2:], strict=True),
                ],
            )
        full = node.name in ("first", "last") and find_key(node.node) in seen.present
        found = found.inner if full and isinstance(found, Nullable) else found
        if node.name not in _STRUCTURAL and not (node.name == "map" and "attribute" in named_args):
            counted = isinstance(value, ListOf) and node.name == "length"
            found = set_telling(found, "" if counted else join_telling([value, *args, *more]))
        return mark_replaced(found) if node.name == "replace" else found

    def _test(self, node: Any, seen: Scope) -> Type:
        lenient = node.name in ("defined", "undefined") and self._may_be_absent(node.node)
        value = Unknown() if lenient else self.type(node.node, seen)
        args = [(each, self.type(each, seen)) for each in node.args]
        if node.name in ("even", "odd"):
            args = [(node, Unknown(CONSTANT))]
        self._compared(node, [(node.node, value), *args])
        return BOOLEAN

    def _may_be_absent(self, node: Any) -> bool:
        key = find_key(node)
        root, _, rest = (key or "").partition(".")
        return root in ELSEWHERE and (not rest or root in _NAMESPACES)

    def _compare(self, node: Any, seen: Scope) -> Type:
        left = self.type(node.expr, seen)
        left_node = node.expr
        for operand in node.ops:
            right = self.type(operand.expr, seen)
            self._compared(node, [(left_node, left), (operand.expr, right)])
            if operand.op in _ORDERING:
                self._order(left_node, left, operand.expr, right)
            left, left_node = right, operand.expr
        return BOOLEAN

    def _compared(self, node: Any, sides: Sequence[tuple[Any, Type]]) -> None:
        """Warn where one side tells a sample from a real mail and another is a constant; once."""
        kinds = [Unknown() if is_plain(each) else found for each, found in sides]
        for each, found in sides:
            misfit = check_comparison(self.label(each), found, kinds)
            if misfit:
                self._report(node.lineno, misfit)
                return

    def _order(self, left_node: Any, left: Type, right_node: Any, right: Type) -> None:
        for node, found in ((left_node, left), (right_node, right)):
            if isinstance(found, Nullable | Null):
                label = self.label(node)
                hint = f"Guard it: `{label} and {label} …`."
                self._report(node.lineno, Misfit("May be null", f"`{label}` is compared, and may be null.", hint))
                return
        if isinstance(left, ScalarType) and isinstance(right, ScalarType) and not _comparable(left, right):
            said = f"{_capital(name_type(left))} is compared with {name_type(right)}."
            self._report(left_node.lineno, Misfit("Wrong type", said, "Only values of one type have an order."))

    def _infer_and(self, node: Any, seen: Scope) -> Type:
        left = self.asked(node.left, seen)
        if judge_condition(node.left, lambda each: self.declared(each, seen)) is False:
            return left
        right = self.type(node.right, seen.knowing(find_guards(node.left)[0]))
        return set_telling(right if right == left else Unknown(), join_telling([left, right]))

    def _infer_or(self, node: Any, seen: Scope) -> Type:
        left = self.asked(node.left, seen)
        if judge_condition(node.left, lambda each: self.declared(each, seen)) is True:
            return left
        right = self.type(node.right, seen.knowing(find_guards(node.left)[1]))
        left = left.inner if isinstance(left, Nullable) else left
        return set_telling(right if right in (left, nullable(left)) else Unknown(), join_telling([left, right]))

    def _infer_not(self, node: Any, seen: Scope) -> Type:
        self.asked(node.node, seen)
        return BOOLEAN

    def _infer_conditional(self, node: Any, seen: Scope) -> Type:
        self.asked(node.test, seen)
        holds, fails = find_guards(node.test)
        decided = judge_condition(node.test, lambda each: self.declared(each, seen))
        then = self.type(node.expr1, seen.knowing(holds)) if decided is not False else Null()
        if node.expr2 is None:
            return nullable(then)
        other = self.type(node.expr2, seen.knowing(fails)) if decided is not True else then
        return set_telling(then if then == other else Unknown(), join_telling([then, other]))

    def _infer_concat(self, node: Any, seen: Scope) -> Type:
        return set_telling(TEXT, join_telling([self.printed(each, seen) for each in node.nodes]))

    def _call(self, node: Any, seen: Scope) -> Type:
        self.type(node.node, seen)
        name = node.node.name if name_kind(node.node) == "Name" else getattr(node.node, "attr", "")
        given = [*enumerate(node.args), *((keyword.key, keyword.value) for keyword in node.kwargs)]
        found = {key: self.type(value, seen) for key, value in given}
        for key, value in found.items():
            self.passed[name, key] = Unknown(join_telling([value]) or tells_of(self.passed.get((name, key), Unknown())))
        unknown = name_kind(node.node) == "Name" and node.node.name not in seen.names
        return set_telling(Unknown() if unknown else TEXT, join_telling(found.values()))

    def _list(self, node: Any, seen: Scope) -> Type:
        items = [self.type(each, seen) for each in node.items]
        item = items[0] if items and all(each == items[0] for each in items) else Unknown()
        return ListOf(set_telling(item, join_telling(items)))

    def _sign(self, node: Any, seen: Scope) -> Type:
        return self.type(node.node, seen)

    def _infer_calculation(self, node: Any, seen: Scope) -> Type:
        left, right = self.type(node.left, seen), self.type(node.right, seen)
        for side, found in ((node.left, left), (node.right, right)):
            if isinstance(found, Nullable | Null):
                label = self.label(side)
                hint = f"Guard it with `{{% if {label} %}}`."
                self._report(
                    node.lineno, Misfit("May be null", f"`{label}` is calculated with, and may be null.", hint)
                )
                return Unknown()
        if isinstance(left, Unknown) or isinstance(right, Unknown):
            return Unknown(join_telling([left, right]))
        result = _result(name_kind(node), left, right)
        if result is None:
            said = f"`{node.operator}` stands between {name_type(left)} and {name_type(right)}."
            self._report(node.lineno, Misfit("Wrong type", said, "These two cannot be combined; `~` joins texts."))
        return set_telling(result or Unknown(), join_telling([left, right]))


_NUMBERS = (INTEGER, NUMBER)


def _comparable(left: Type, right: Type) -> bool:
    return left == right or (left in _NUMBERS and right in _NUMBERS)


def _result(operation: str, left: Type, right: Type) -> Type | None:
    if left in _NUMBERS and right in _NUMBERS:
        return INTEGER if left == right == INTEGER and operation != "Div" else NUMBER
    if isinstance(left, ListOf) and isinstance(right, ListOf):
        return (left if left == right else ListOf(Unknown())) if operation == "Add" else None
    known: Mapping[tuple[str, Type, Type], Type] = {
        ("Add", TEXT, TEXT): TEXT,
        ("Mul", TEXT, INTEGER): TEXT,
        ("Sub", DATETIME, DATETIME): DURATION,
        ("Sub", DATE, DATE): DURATION,
        ("Sub", DATETIME, DURATION): DATETIME,
        ("Add", DATETIME, DURATION): DATETIME,
        ("Sub", DATE, DURATION): DATE,
        ("Add", DATE, DURATION): DATE,
        ("Add", DURATION, DURATION): DURATION,
        ("Sub", DURATION, DURATION): DURATION,
        ("Mul", DURATION, INTEGER): DURATION,
        ("Div", DURATION, INTEGER): DURATION,
        ("FloorDiv", DURATION, INTEGER): DURATION,
    }
    return (
        known.get((operation, left, right)) if isinstance(left, ScalarType) and isinstance(right, ScalarType) else None
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
