"""Rendering: the pure one of the two walls around hostile templates.

The wall has four parts. The grammar (`reconciler.messages.language.grammar`) refuses every construct it does not know. The tree
is then rewritten (`reconciler.messages.language.counting`) so that each body, loop, comparison, literal and joining of texts
goes through a filter of ours that counts it. Members, calls and arithmetic go through the environment below, which knows
declared names only. And whatever still goes wrong, a recursion too deep or no memory, ends as a `RenderFailure` with template
and line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from types import CodeType
from typing import Any, NoReturn

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, Undefined, UndefinedError, nodes, pass_context
from jinja2.environment import TemplateModule
from jinja2.lexer import Token, TokenStream
from jinja2.runtime import BlockReference, Context, LoopContext, Macro, TemplateReference
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import escape

from reconciler.messages.checking.typecheck import type_faults
from reconciler.messages.contexts.shape import LOOP_MEMBERS, Namespace, Shape, View, names_of
from reconciler.messages.language.arithmetic import OPERATORS, PREDICATES, calculate, negate
from reconciler.messages.language.counting import Counting
from reconciler.messages.language.filters import FILTERS, Scope
from reconciler.messages.language.grammar import Link, find_links, list_refusals, refuse_size, walk
from reconciler.messages.language.limits import (
    MAX_DEPTH,
    MAX_NODES,
    MAX_OUTPUT,
    MAX_SIGNS,
    MAX_SOURCE,
    Breach,
    Budget,
    RenderFailure,
    TemplateFault,
    search_steps,
)
from reconciler.messages.language.linking import Closure, check_links, follow, list_reached
from reconciler.messages.language.printing import find_zone
from reconciler.messages.mail import Mail, TemplateRef, subject_line
from reconciler.model.duration import Duration

__all__ = ["Closure", "RenderFailure", "Rendered", "TemplateFault", "check", "find_markup", "read_closure", "render"]


@dataclass(frozen=True, slots=True)
class Rendered:
    """One mail in words. ``text`` and ``html`` are None where the mail has no such template."""

    subject: str
    text: str | None = None
    html: str | None = None


def read_closure(names: Iterable[str], load: Callable[[str], str]) -> Closure:
    """Every template that ``names`` reach through extends, include and import.

    ``load`` gives the text of one by name and raises a `UserError` where there is none; that of a name in ``names`` is
    passed on, that of any other becomes a fault of the template that names it.
    """
    return follow(names, load, _named)


def find_markup(source: str) -> frozenset[int] | None:
    """Numbers, from 0, of lines that are not literal text alone: they hold, or lie inside, a tag, an expression, a comment or
    a raw block, or one takes white space from them. None for a source that cannot be read."""
    found: set[int] = set()
    raw = False
    try:
        for line, sort, text in _PARSER.lex(source):
            raw = sort == "raw_begin" or (raw and sort != "raw_end")
            if raw or sort != "data":
                found.update(range(line - 1, line + text.count("\n")))
    except TemplateSyntaxError:
        return None
    return frozenset(found)


def check(mail: Mail, sources: Mapping[str, str], shape: Shape, *, compiled: bool = True) -> list[TemplateFault]:
    """Everything that can be said against the mail's templates without rendering them, by template and line.

    ``compiled`` False: and without making programs of them, which takes most of the time.
    """
    found: list[TemplateFault] = []
    for each in mail.templates:
        texts = _texts(each, sources)
        parsed = {name: _parsed(name, texts[name]) for name in list_reached(each.name, texts, _links)}
        faults = [fault for one in parsed.values() for fault in one.faults] + check_links(each.name, texts, _links)
        faults = faults or (_uncompiled(texts, parsed, html=each is mail.html) if compiled else [])
        found += faults or type_faults(each.name, {name: one.tree for name, one in parsed.items()}, shape)
    return sorted(dict.fromkeys(found), key=lambda fault: (fault.template, fault.line))


def render(mail: Mail, sources: Mapping[str, str], context: Mapping[str, Any]) -> Rendered:
    """The mail in words. ``context`` is what `reconciler.messages.contexts.values.variables_of` gives.

    Raises `RenderFailure`, and nothing else, whatever the templates do.
    """
    budget = Budget()
    return Rendered(
        subject_line(mail.subject, _part(mail.subject, sources, context, budget)),
        _CONTROLS.sub("\ufffd", _part(mail.text, sources, context, budget)) if mail.text else None,
        _CONTROLS.sub("\ufffd", _part(mail.html, sources, context, budget, html=True)) if mail.html else None,
    )


def forget() -> None:
    """Let go of every template read so far."""
    for cache in (_parsed, _compiled, _named):
        cache.cache_clear()


def _uncompiled(texts: Mapping[str, str], names: Iterable[str], *, html: bool) -> list[TemplateFault]:
    """Templates that read well and still make no program: a block defined twice, statements too deep for Python."""
    faults = []
    for name in names:
        try:
            _compiled(name, texts[name], html)
        except RenderFailure as failure:
            faults.append(failure.fault)
    return faults


_HALVES = re.compile("[\ud800-\udfff]")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
"""Half characters, which no encoding carries, and controls, which no reader shows: a replacement stands for them."""


_TURNS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)], "\ufffd")
"""Overrides, embeddings and isolates: with one a value could reorder the words that the template puts around it."""


def _part(
    template: TemplateRef, sources: Mapping[str, str], context: Mapping[str, Any], budget: Budget, *, html: bool = False
) -> str:
    texts = _texts(template, sources)
    names = list_reached(template.name, texts, _links)
    faults = [fault for name in names for fault in _parsed(name, texts[name]).faults]
    faults += check_links(template.name, texts, _links)
    if sum(_parsed(name, texts[name]).nodes for name in names) > 2 * MAX_NODES:
        faults.append(refuse_size(template.name, 1))
    if faults:
        raise RenderFailure(faults[0])
    environment = _Environment(texts, find_zone(context.get("timezone")), budget, html=html)
    try:
        return _HALVES.sub("\ufffd", environment.output(template.name, context))
    except RenderFailure:
        raise
    except Exception as raised:  # whatever a hostile template brings about: the promise of `render`
        raise RenderFailure(_fault(template.name, raised)) from None


def _texts(template: TemplateRef, sources: Mapping[str, str]) -> Mapping[str, str]:
    return sources if template.inline is None else {**sources, template.name: template.inline}


# Parsing


@dataclass(frozen=True, slots=True)
class _Parsed:
    tree: nodes.Template
    faults: tuple[TemplateFault, ...] = ()
    links: tuple[Link, ...] = ()
    nodes: int = 0


def _read(name: str, source: str) -> _Parsed:
    """The tree, an empty one if it cannot be read, and all that is not allowed in it."""
    try:
        if len(source) > MAX_SOURCE:
            raise TemplateSyntaxError(f"it has {len(source):,} characters; at most {MAX_SOURCE:,} are allowed", 1)
        tree = _PARSER.parse(source, name)
    except TemplateSyntaxError as fault:
        said = f"The template cannot be read: {(fault.message or 'it is not well formed').rstrip('.')}."
        return _unreadable(name, fault.lineno, said, _WELL_FORMED if len(source) <= MAX_SOURCE else "Split it up.")
    except Breach as breach:
        return _Parsed(_EMPTY, (TemplateFault(name, 1, breach.summary, breach.detail, breach.hint),))
    except RecursionError:
        said = f"Brackets stand more than {MAX_DEPTH} deep in each other."
        return _unreadable(name, 1, said, "Calculate in steps, with {% set %}.")
    except Exception:  # such as a number of ten thousand digits
        return _unreadable(name, 1, "The template cannot be read.", "Look for a number that is far too long.")
    return _Parsed(tree, tuple(list_refusals(tree, name)), tuple(find_links(tree)), sum(1 for _ in walk(tree)))


_WELL_FORMED = (
    "Look at this line and those before it: {{ ends with }}, {% with %}, and if, for, block and macro with endif, endfor, "
    "endblock and endmacro."
)


_EMPTY = nodes.Template([], lineno=1)


def _unreadable(name: str, line: int, detail: str, hint: str) -> _Parsed:
    return _Parsed(_EMPTY, (TemplateFault(name, line, "Template syntax", detail, hint),))


_parsed = lru_cache(maxsize=256)(_read)


def _links(name: str, source: str) -> Sequence[Link]:
    return _parsed(name, source).links


@lru_cache(maxsize=256)
def _named(name: str, source: str) -> Sequence[Link]:
    """The same, and the tree is not kept: it may be a hundred times as large as its source."""
    return _read(name, source).links


@lru_cache(maxsize=256)
def _compiled(name: str, source: str, html: bool) -> CodeType:
    """The template as code; depends on nothing but its arguments, which is why it can be kept."""
    parsed = _parsed(name, source)
    if parsed.faults:
        raise RenderFailure(parsed.faults[0])
    # parsed anew: the tree of `_parsed` is shared and stays as it was written
    environment = _Environment({}, find_zone("UTC"), Budget(), html=html)
    try:
        tree = Counting().visit(_PARSER.parse(source, name))
        tree.set_environment(environment)
        return environment.compile(tree, name, f"<{name}>")
    except TemplateSyntaxError as fault:
        said = f"The template cannot be used: {(fault.message or 'it is not well formed').rstrip('.')}."
        raise RenderFailure(TemplateFault(name, fault.lineno, "Template syntax", said, _WELL_FORMED)) from None
    except Exception:  # Python's own limits: statements or brackets too deep in each other
        said = "The template is too deeply nested, or too large, to be used."
        hint = "Nest less, or move a part into a template of its own and include it."
        raise RenderFailure(TemplateFault(name, 1, "Template does too much", said, hint)) from None


# Running


def _bounded(signs: Iterable[Token]) -> Iterator[Token]:
    for count, sign in enumerate(signs):
        if count > MAX_SIGNS:
            said = f"The template has more than {MAX_SIGNS:,} words and signs."
            raise Breach("Not allowed in templates", said, "Split it up.")
        yield sign


class _Null(UndefinedError):
    """Something was read from null."""


class _Environment(ImmutableSandboxedEnvironment):
    """One rendering: its templates, its budget, and the doors to values."""

    intercepted_binops = OPERATORS
    intercepted_unops = frozenset({"+", "-"})

    def __init__(self, sources: Mapping[str, str], zone: Any, budget: Budget, *, html: bool) -> None:
        super().__init__(undefined=StrictUndefined, autoescape=html, optimized=False, cache_size=0, finalize=_print)
        self.sources = sources
        self.html = html
        self.budget = budget
        self.loaded: dict[str, Template] = {}
        self.scope = Scope(zone, self.budget, self.getitem, escape, self.filtered, self.tested)
        self.globals = {}
        self.filters = {name: self._filter(name) for name in FILTERS} | self._list_counters()
        self.tests = {name: self._test(name) for name in PREDICATES}
        self.tests |= {"defined": _is_defined, "undefined": lambda value: not _is_defined(value)}

    def _tokenize(self, source: str, name: Any, filename: Any = None, state: Any = None) -> TokenStream:
        """The source's signs, bounded: parsing takes time and memory for each, allowed or not."""
        signs = self.lexer.wrap(self.lexer.tokeniter(source, name, filename, state), name, filename)
        return TokenStream(_bounded(signs), name, filename)

    def output(self, name: str, context: Mapping[str, Any]) -> str:
        """The whole text of one template."""
        chunks, length = [], 0
        template = self.get_template(name)
        for chunk in template.root_render_func(template.new_context(dict(context))):
            length += len(chunk)
            if length > MAX_OUTPUT:
                raise Breach("Template does too much", f"The mail would have more than {MAX_OUTPUT:,} characters.")
            chunks.append(chunk)
        return "".join(chunks)

    def get_template(self, name: Any, parent: str | None = None, globals: Any = None) -> Template:
        """A template of this mail; the grammar has seen to it that the name is a constant."""
        if name not in self.loaded:
            code = _compiled(name, self.sources[name], self.html)
            self.loaded[name] = Template.from_code(self, code, {})
        return self.loaded[name]

    def handle_exception(self, source: str | None = None) -> NoReturn:
        """Raise what was raised; `_fault` finds the line."""
        raise  # noqa: PLE0704 - called while an exception is handled

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A declared member; never an attribute of Python's."""
        if isinstance(obj, Undefined):
            _refuse(obj)
        if obj is None:
            hint = f"`{attribute}` is read from something that is null here."
            return self.undefined(hint, name=attribute, exc=_Null)
        found = _member(obj, attribute)
        if isinstance(found, Duration):
            return found.elapsed
        return self.undefined(f"There is no `{attribute}` here.", name=attribute) if found is _MISSING else found

    def getitem(self, obj: Any, argument: Any) -> Any:
        """An item of a list or text by number, else a declared member; ``a.b`` reaches a member of a member."""
        if isinstance(argument, str):
            for name in argument.split("."):
                obj = self.getattr(obj, name)
            return obj
        if isinstance(argument, int) and isinstance(obj, list | tuple | str):
            return obj[argument] if -len(obj) <= argument < len(obj) else self.undefined("There is no such item.")
        if isinstance(obj, Undefined):
            _refuse(obj)
        raise Breach("Wrong type", "Only lists and texts have numbered items.")

    def call(self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        """A macro or a block; nothing else can be called."""
        if isinstance(__obj, Undefined):
            _refuse(__obj)
        if not isinstance(__obj, Macro | BlockReference):
            raise Breach("Not allowed in templates", "Methods and functions cannot be called in templates.")
        self.budget.enter()
        try:
            return self.budget.bounded(__context.call(__obj, *args, **kwargs))
        finally:
            self.budget.leave()

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Arithmetic, bounded."""
        for value in (left, right):
            if isinstance(value, Undefined):
                _refuse(value)
        return calculate(self.budget, operator, left, right)

    def call_unop(self, context: Context, operator: str, arg: Any) -> Any:
        """A sign before a number."""
        if isinstance(arg, Undefined):
            _refuse(arg)
        return negate(arg) if operator == "-" else negate(negate(arg))

    def filtered(self, name: str, value: Any, args: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
        """The value through one of the filters templates may name."""
        if name not in FILTERS:
            raise Breach("Unknown filter", f"There is no filter `{name}`.")
        chosen: Any = self.filters[name]
        return chosen(value, *args, **named)

    def tested(self, name: str, value: Any, args: tuple[Any, ...]) -> bool:
        """What a test says of the value."""
        if name not in self.tests:
            raise Breach("Unknown test", f"There is no test `{name}`.")
        chosen: Any = self.tests[name]
        return bool(chosen(value, *args))

    def _filter(self, name: str) -> Callable[..., Any]:
        function = FILTERS[name]

        def run(value: Any, *args: Any, **named: Any) -> Any:
            value = None if name == "default" and isinstance(value, Undefined) else value
            for each in (value, *args, *named.values()):
                if isinstance(each, Undefined):
                    _refuse(each)
            self.budget.spend(2)
            self.budget.bounded(value)
            return self.budget.bounded(function(self.scope, value, *args, **named))

        return run

    def _test(self, name: str) -> Callable[..., bool]:
        predicate = PREDICATES[name]

        def run(value: Any, *args: Any) -> bool:
            for each in (value, *args):
                if isinstance(each, Undefined):
                    _refuse(each)
                self._search(each) if name == "in" else self.budget.bounded(each)
            self.budget.spend(1)
            return predicate(value, *args)

        return run

    def _list_counters(self) -> dict[str, Callable[..., Any]]:
        return {
            "#tick": self.budget.spend,
            "#each": self._each,
            "#sized": self.budget.bounded,
            "#searched": self._search,
            "#taken": self._take,
            "#concat": lambda parts: FILTERS["join"](self.scope, parts),
            "#decimal": Decimal,
        }

    def _search(self, value: Any) -> Any:
        """What `in` looks in; what it looks for is not known here, so the most is counted."""
        self.budget.spend(search_steps(value, value) if isinstance(value, str) else 0)
        return self.budget.bounded(value)

    def _take(self, value: Any, steps: int) -> Any:
        self.budget.spend(steps)
        return value

    def _each(self, value: Any) -> Any:
        if isinstance(value, Undefined):
            _refuse(value)
        if not isinstance(value, list | tuple | Mapping):
            raise Breach("Wrong type", "A loop runs over something that is no list.")
        self.budget.spend(len(value))
        return list(value)


_MISSING = object()


def _member(obj: Any, name: str) -> Any:
    if isinstance(obj, Namespace):
        return obj.values.get(name, _MISSING)
    if isinstance(obj, View):
        return getattr(obj, name) if name in names_of(type(obj)) else _MISSING
    if isinstance(obj, Mapping):
        return obj.get(name)
    if isinstance(obj, LoopContext):
        return getattr(obj, name) if name in LOOP_MEMBERS else _MISSING
    if isinstance(obj, TemplateReference):
        try:
            return obj[name]
        except KeyError:
            return _MISSING
    if isinstance(obj, TemplateModule):
        return vars(obj).get(name, _MISSING) if not name.startswith("_") else _MISSING
    return _MISSING


def _is_defined(value: Any) -> bool:
    return not isinstance(value, Undefined)


def _refuse(value: Undefined) -> NoReturn:
    str(value)
    raise AssertionError("an undefined value printed; this is a bug in reconciler")


@pass_context
def _print(context: Context, value: Any) -> str:
    environment = context.environment
    assert isinstance(environment, _Environment)
    text = environment.scope.text(value) if not isinstance(value, Undefined) else str(value)
    environment.budget.spend(1, len(text))
    return text.translate(_TURNS)


_PARSER = _Environment({}, find_zone("UTC"), Budget(), html=False)


def _fault(root: str, raised: Exception) -> TemplateFault:
    template, line = _where(raised) or (root, 1)
    if isinstance(raised, Breach):
        return TemplateFault(template, line, raised.summary, raised.detail, raised.hint)
    if isinstance(raised, _Null):
        said = raised.message or "Something is read from null."
        return TemplateFault(template, line, "May be null", said, "Guard it with `{% if … %}`.")
    if isinstance(raised, UndefinedError):
        said = f"{(raised.message or '').rstrip('.')}."
        return TemplateFault(template, line, "Unknown variable", said, "docs/templates.md lists the variables.")
    if isinstance(raised, RecursionError | MemoryError):
        said = "The template goes too deep or needs too much memory: a macro or a block probably calls itself."
        return TemplateFault(
            template, line, "Template does too much", said, "Let it call nothing that leads back to it."
        )
    said = "A value does not fit what is done with it here: compare, sort and calculate with values of one type."
    return TemplateFault(template, line, "Template failed", said, "Take the line apart to see which value it is.")


def _where(raised: Exception) -> tuple[str, int] | None:
    """Template and line of the innermost template that was being rendered."""
    found, trace = None, raised.__traceback__
    while trace:
        template = trace.tb_frame.f_globals.get("__jinja_template__")
        if isinstance(template, Template) and template.name:
            found = (template.name, template.get_corresponding_lineno(trace.tb_lineno))
        trace = trace.tb_next
    return found
