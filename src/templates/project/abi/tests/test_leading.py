from my_project import leading


def test_leading_letters_are_counted():
    assert leading("42 things", "0123456789") == 2
    assert leading("things", "0123456789") == 0
