from my_project import words


def test_words_are_counted():
    assert words("one two\nthree") == 3
    assert words("") == 0
