"""Names for people whose names nobody at the console needs."""

from hypothesis import given, settings
from hypothesis import strategies as st

from nearcart_gateway.core.pseudonym import Pseudonyms, dot_id, pseudonym
from nearcart_gateway.core.pseudonym_words import ADJECTIVES, ANIMALS

SALT = bytes(range(16))
VISITORS = st.lists(st.text("abcdefghij0123456789-", min_size=1, max_size=12), unique=True, max_size=30)


def test_a_visitor_keeps_her_pseudonym_and_another_store_gives_another() -> None:
    assert pseudonym(SALT, "ada") == pseudonym(SALT, "ada")
    assert pseudonym(SALT, "ada") != pseudonym(b"another store's salt", "ada")


def test_a_pseudonym_is_an_adjective_and_an_animal() -> None:
    adjective, animal = pseudonym(SALT, "ada").split(" ")
    assert adjective in ADJECTIVES
    assert animal in ANIMALS


def test_the_words_are_many_and_differ() -> None:
    assert len(set(ADJECTIVES)) == len(ADJECTIVES) == 128
    assert len(set(ANIMALS)) == len(ANIMALS) == 128


def test_a_thousand_visitors_spread_over_the_words() -> None:
    names = [pseudonym(SALT, f"visitor-{number}") for number in range(1000)]
    assert len(set(names)) > 940  # 1000 of 16,384 at random: 970 differ on average
    assert len({name.split(" ")[0] for name in names}) > 120


def test_the_dot_tells_neither_the_visitor_nor_the_pseudonym_and_differs_in_each_store() -> None:
    assert len(dot_id(SALT, "ada")) == 16
    assert dot_id(SALT, "ada") != dot_id(b"another store's salt", "ada")
    assert "ada" not in dot_id(SALT, "ada")


def two_of_one_name() -> tuple[str, str]:
    """Two visitors whose hashes give one pseudonym."""
    seen: dict[str, str] = {}
    for number in range(100_000):
        visitor = f"visitor-{number}"
        name = pseudonym(SALT, visitor)
        if name in seen:
            return seen[name], visitor
        seen[name] = visitor
    raise AssertionError("no two visitors share a pseudonym")


TWINS = two_of_one_name()


def test_the_second_of_one_name_gets_a_number_that_is_never_given_again() -> None:
    first, second = TWINS
    names = Pseudonyms(SALT)
    assert names.of(second) == pseudonym(SALT, second)
    assert names.of(first) == f"{pseudonym(SALT, first)} 2"
    names.forget(first)
    assert names.of(first) == f"{pseudonym(SALT, first)} 3"


@settings(deadline=None)
@given(VISITORS, st.randoms(use_true_random=False))
def test_the_order_in_which_visitors_are_known_does_not_matter(visitors: list[str], random: object) -> None:
    known = [*visitors, *TWINS]
    shuffled = list(known)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = Pseudonyms(SALT, known), Pseudonyms(SALT, shuffled)
    assert [one.of(visitor) for visitor in known] == [other.of(visitor) for visitor in known]
    assert len({one.of(visitor) for visitor in known}) == len(set(known))
