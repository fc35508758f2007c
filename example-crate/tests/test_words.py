"""The crate, as Python calls it."""

import officina_words
import pytest


def test_a_struct_is_filled():
    assert officina_words.count("one two\nthree") == (3, 2, 11)
    assert officina_words.count("") == (0, 0, 0)


def test_a_callback_is_called_and_can_stop():
    assert list(officina_words.words("a b c")) == ["a", "b", "c"]
    assert list(officina_words.words("a b c", most=2)) == ["a", "b"]


def test_a_string_belongs_to_rust():
    assert officina_words.title("hELLO wörld") == "Hello Wörld"
    for _ in range(1000):
        officina_words.title("x" * 1000)


@pytest.mark.parametrize("call", [officina_words.count, officina_words.title, officina_words.words])
def test_what_is_not_utf8_is_an_error(call):
    with pytest.raises(officina_words.WordsError, match="not UTF-8"):
        call(b"\xff")


def test_a_panic_is_an_exception():
    with pytest.raises(officina_words.WordsError, match="panicked"):
        officina_words.panic()
