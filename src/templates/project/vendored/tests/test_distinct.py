from my_project import distinct


def test_different_bytes_are_counted():
    assert distinct(b"banana") == 3
    assert distinct(b"") == 0
