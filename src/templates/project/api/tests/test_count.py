from my_project import count


def test_letters_are_counted():
    assert count("banana", "a") == 3
    assert count("", "a") == 0
