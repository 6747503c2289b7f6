"""What an offer says: Jinja2 templates of a small, safe part of the language, each checked before it is ever used.

Allowed are text, variables, ``if``, a loop over ``cart.items``, comparisons and a few filters: nothing that can take long,
reach into the program or grow without bound, whoever wrote the template.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from nearcart_contract.offer_message import AmountOff, Benefit, Gift, PercentOff, Points
from nearcart_contract.problem import allowed_words
from nearcart_contract.store_file import Store
from nearcart_gateway.core.money import money
from nearcart_gateway.core.values import KnownCart, Moment, Visitor

MAX_TEXT = 1000
"""Characters of a rendered text; what is longer is cut."""

MAX_ITEMS = 20
"""Items of a cart that a text can name."""

_MAX_TITLE = 80
_MAX_DEPTH = 30


class SayError(Exception):
    """A text that can't be said: a sentence, and the line within the text (from 1)."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.message, self.line = message, line


@dataclass(frozen=True, slots=True)
class VisitorWords:
    language: str


@dataclass(frozen=True, slots=True)
class PlaceWords:
    name: str


@dataclass(frozen=True, slots=True)
class CartWords:
    value: str
    count: int
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GiveWords:
    percent: str | None = None
    amount: str | None = None
    maximum: str | None = None
    gift: str | None = None
    points: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """What a text may speak of: one visitor at one moment. Each variable is made when a text has it.

    ``zone`` and ``cart`` are ``None`` where there is none: ``{% if cart %}`` asks. Money is in the cart's own currency, or else
    the store's.
    """

    visitor: Visitor
    moment: Moment
    cart: KnownCart | None
    give: Benefit | None
    store: Store

    def of(self, variable: str) -> object:
        """The value of one of ``VARIABLES``."""
        return _MAKE[variable](self)


VARIABLES: dict[str, tuple[str, ...]] = {
    "visitor": ("language",),
    "zone": ("name",),
    "cart": ("value", "count", "items"),
    "give": ("percent", "amount", "maximum", "gift", "points", "code"),
    "store": ("name",),
}


@dataclass(frozen=True, slots=True)
class Say:
    """The texts of one offer, one a language; ``uses`` are the variables any of them needs, such as ``cart``."""

    texts: tuple[tuple[str, str], ...]
    uses: frozenset[str]
    _by_language: Mapping[str, tuple[str, str]]

    def render(self, words: Words) -> tuple[str, str]:
        """(language, text) for her. Raises ``SayError`` when the text can't be made of these words."""
        language, text = self._choose(words.visitor.language)
        return language, _render(text, words)

    def _choose(self, language: str) -> tuple[str, str]:
        """Her language, else its base (``de`` of ``de-AT``), else English, else the first that was written."""
        hers = language.casefold()
        for wanted in (hers, hers.partition("-")[0], "en"):
            if wanted in self._by_language:
                return self._by_language[wanted]
        return self.texts[0]


def compile_say(say: str | Mapping[str, str]) -> Say:
    """The texts of an offer's ``say``. Raises ``SayError`` at the first mistake."""
    texts = {"en": say} if isinstance(say, str) else say
    uses = frozenset(name for text in texts.values() for name in check_text(text))
    return Say(tuple(texts.items()), uses, {name.casefold(): (name, text) for name, text in texts.items()})


def check_text(text: str, gives: tuple[str, ...] = VARIABLES["give"]) -> frozenset[str]:
    """The variables a text uses without asking ``if`` first. ``gives`` are the parts of ``give`` that the offer has.

    Raises ``SayError`` naming what was found and what is allowed.
    """
    uses, mistakes = _checked(text, gives)
    if mistakes:
        raise SayError(mistakes[0].message, mistakes[0].line)
    return uses


def text_mistakes(text: str, gives: tuple[str, ...] = VARIABLES["give"]) -> tuple[SayError, ...]:
    """All that ``check_text`` could say of a text."""
    return _checked(text, gives)[1]


@lru_cache(maxsize=1024)
def _checked(text: str, gives: tuple[str, ...]) -> tuple[frozenset[str], tuple[SayError, ...]]:
    """A folder's check asks several times about each text."""
    checker = _Checker({**VARIABLES, "give": gives})
    try:
        checker.visit(parse_text(text), frozenset(), frozenset())
    except SayError as error:
        checker.mistakes.append(error)
    return frozenset(checker.uses), tuple(checker.mistakes)


@lru_cache(maxsize=8)
def parse_text(text: str) -> nodes.Template:
    """A text as Jinja2's tree, to be read only. Raises ``SayError`` for what is no template."""
    try:
        return _ENVIRONMENT.parse(text)
    except TemplateSyntaxError as error:
        hint = (
            "; a variable stands between two braces on each side: {{ cart.value }}" if "}" in str(error.message) else ""
        )
        raise SayError(f"not a template: {error.message}{hint}", error.lineno) from None
    except RecursionError:
        raise SayError("not a template: too many brackets inside each other") from None


_MAKE: dict[str, Callable[[Words], object]] = {
    "visitor": lambda words: VisitorWords(words.visitor.language),
    "zone": lambda words: PlaceWords(_zone_name(words.store, words.moment.zone)) if words.moment.zone else None,
    "cart": lambda words: _cart_words(words.cart, words.store.currency) if words.cart else None,
    "give": lambda words: give_words(words.give, words.store.currency) if words.give else None,
    "store": lambda words: PlaceWords(words.store.name),
}


def _zone_name(store: Store, zone: str) -> str:
    known = store.zones.get(zone)
    return (known.name if known else None) or zone


def _cart_words(known: KnownCart, currency: str) -> CartWords:
    cart = known.cart
    titles = (item.title or item.sku or item.product for item in cart.items)
    return CartWords(
        value=money(cart.total, cart.currency or currency),
        count=sum(item.quantity for item in cart.items),
        items=tuple(title[:_MAX_TITLE] for title in titles if title)[:MAX_ITEMS],
    )


def give_parts(give: Benefit | None) -> tuple[str, ...]:
    """The parts of ``give`` that a text may speak of."""
    known = {name for name in VARIABLES["give"] if getattr(give, name, None) is not None}
    if getattr(give, "pool", None) is not None:
        known.add("code")
    return tuple(name for name in VARIABLES["give"] if name in known)


def give_words(give: Benefit, currency: str) -> GiveWords:
    """What a text may say of a benefit; ``currency`` is the store's."""
    if isinstance(give, PercentOff):
        most = None if give.maximum is None else money(give.maximum, currency)
        return GiveWords(percent=f"{give.percent.normalize():f}", maximum=most, code=give.code)
    if isinstance(give, AmountOff):
        return GiveWords(amount=money(give.amount, give.currency), code=give.code)
    if isinstance(give, Gift):
        return GiveWords(gift=give.gift, code=give.code)
    return GiveWords(points=str(give.points) if isinstance(give, Points) else None, code=give.code)


def _render(template: str, words: Words) -> str:
    text = (_fill(template, words) if "{" in template else template).strip()
    if not text:
        raise SayError("the text is empty")
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"


def _fill(template: str, words: Words) -> str:
    """Stops as soon as there is enough text; what a template can make is bounded besides."""
    made, variables = _template(template)
    text = ""
    try:
        for piece in made.generate({name: words.of(name) for name in variables}):
            text += piece
            if len(text) > 4 * MAX_TEXT:
                break
    except Exception as error:  # whatever a text does, it stops its own offer and nothing else
        raise SayError(f"the text can't be made: {error}") from None
    return text


def _join(values: object, separator: str = ", ") -> str:
    """Unlike Jinja's own, only of a list: joining text again and again would grow it without bound."""
    if not isinstance(values, tuple):
        raise TypeError("join is for cart.items")
    return separator.join(str(value) for value in values)


_FILTERS = ("capitalize", "default", "first", "join", "last", "length", "lower", "title", "trim", "upper")


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    environment.filters = {name: environment.filters[name] for name in _FILTERS} | {"join": _join}
    environment.globals.clear()
    return environment


_ENVIRONMENT = _environment()


@lru_cache(maxsize=256)
def _template(text: str) -> tuple[Template, tuple[str, ...]]:
    """A template with the variables in it. Made when it is first said: most of a large folder is not being said today."""
    named = {node.name for node in parse_text(text).find_all(nodes.Name)}
    return _ENVIRONMENT.from_string(text), tuple(name for name in VARIABLES if name in named)


_WHAT_IS = "variables, if, comparisons, filters and a loop over cart.items are"

_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Getattr,
    nodes.Filter,
    nodes.If,
    nodes.CondExpr,
    nodes.For,
    nodes.Const,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Concat,
)


class _Checker:
    """Walks a template. ``uses`` gathers variables used outside of an ``if`` that asks for them; ``mistakes`` what is wrong."""

    def __init__(self, variables: Mapping[str, tuple[str, ...]]) -> None:
        self.uses: set[str] = set()
        self.mistakes: list[SayError] = []
        self._variables = variables
        self._depth = 0

    def visit(self, node: nodes.Node, loops: frozenset[str], asked: frozenset[str]) -> None:
        if not isinstance(node, _ALLOWED):
            raise SayError(f"'{type(node).__name__.lower()}' is not allowed in a text; {_WHAT_IS}", node.lineno)
        if self._depth > _MAX_DEPTH:
            raise SayError("too many conditions or brackets inside each other", node.lineno)
        self._depth += 1
        try:
            self._visit_allowed(node, loops, asked)
        finally:
            self._depth -= 1

    def _visit_allowed(self, node: nodes.Node, loops: frozenset[str], asked: frozenset[str]) -> None:
        if isinstance(node, nodes.For):
            self._loop(node, loops, asked)
        elif isinstance(node, nodes.If | nodes.CondExpr):
            self._condition(node, loops, asked)
        elif isinstance(node, nodes.Getattr):
            self._attribute(node, asked)
        elif isinstance(node, nodes.Name):
            self._name(node, loops)
        else:
            if isinstance(node, nodes.Filter) and node.name not in _FILTERS:
                raise SayError(f"unknown filter '{node.name}', {allowed_words(node.name, _FILTERS)}", node.lineno)
            self._inside(node, loops, asked)
            if isinstance(node, nodes.Compare):
                self._ordered(node)

    def _inside(self, node: nodes.Node, loops: frozenset[str], asked: frozenset[str]) -> None:
        """A mistake in one part hides none in the next."""
        for child in node.iter_child_nodes():
            try:
                self.visit(child, loops, asked)
            except SayError as error:
                self.mistakes.append(error)

    def _loop(self, node: nodes.For, loops: frozenset[str], asked: frozenset[str]) -> None:
        over = node.iter
        if loops or not (
            isinstance(over, nodes.Getattr) and over.attr == "items" and isinstance(node.target, nodes.Name)
        ):
            raise SayError("a loop goes over cart.items, and not inside another", node.lineno)
        self.visit(over, loops, asked)
        inner = loops | {node.target.name}
        if node.test is not None or node.recursive:
            raise SayError("a loop over cart.items has neither 'if' nor 'recursive'", node.lineno)
        for child in (*node.body, *node.else_):
            self.visit(child, inner, asked)

    def _condition(self, node: nodes.If | nodes.CondExpr, loops: frozenset[str], asked: frozenset[str]) -> None:
        """``if cart`` makes the cart safe to speak of below it; the test itself may name what is not there."""
        known = asked | frozenset(_asked_for(node.test))
        self.visit(node.test, loops | frozenset(VARIABLES), known)
        body = {id(child) for child in node.body} if isinstance(node, nodes.If) else {id(node.expr1)}
        for child in node.iter_child_nodes(exclude=("test",)):
            self.visit(child, loops, known if id(child) in body else asked)

    def _attribute(self, node: nodes.Getattr, asked: frozenset[str]) -> None:
        if not isinstance(node.node, nodes.Name):
            raise SayError(f"'.{node.attr}' does not follow a variable; {_WHAT_IS}", node.lineno)
        variable = node.node.name
        self._known(variable, tuple(self._variables), node.lineno)
        attributes = self._variables[variable]
        if not attributes:
            raise SayError(f"'{variable}.{node.attr}' is nothing here: the offer has no '{variable}:'", node.lineno)
        if node.attr not in attributes:
            words = tuple(f"{variable}.{attribute}" for attribute in attributes)
            found = f"{variable}.{node.attr}"
            raise SayError(f"unknown variable '{found}', {allowed_words(found, words)}", node.lineno)
        if variable not in asked:
            self.uses.add(variable)

    def _ordered(self, node: nodes.Compare) -> None:
        """More and less are for numbers, and ``cart.count`` is the only one; the rest would fail when it is said."""
        if all(operand.op in ("eq", "ne", "in", "notin") for operand in node.ops):
            return
        for side in (node.expr, *(operand.expr for operand in node.ops)):
            if isinstance(side, nodes.Getattr) and side.attr != "count":
                message = "is text, which is not more or less than anything; ask for values under 'cart:' of the offer"
                raise SayError(f"'{_written(side)}' {message}", node.lineno)

    def _name(self, node: nodes.Name, loops: frozenset[str]) -> None:
        if node.name in loops:
            return
        self._known(node.name, tuple(self._variables), node.lineno)
        example = f"{node.name}.{VARIABLES[node.name][0]}"
        raise SayError(f"'{node.name}' alone says nothing; write {example} or the like", node.lineno)

    def _known(self, name: str, allowed: tuple[str, ...], line: int) -> None:
        if name not in allowed:
            raise SayError(f"unknown variable '{name}', {allowed_words(name, allowed)}", line)


def _written(node: nodes.Getattr) -> str:
    return f"{node.node.name}.{node.attr}" if isinstance(node.node, nodes.Name) else node.attr


def _asked_for(test: nodes.Node) -> list[str]:
    """The variables that a test proves to be there: ``cart``, or ``cart and …``."""
    if isinstance(test, nodes.Name):
        return [test.name] if test.name in VARIABLES else []
    if isinstance(test, nodes.And):
        return _asked_for(test.left) + _asked_for(test.right)
    return []
