from my_project import lib


def test_the_library_has_something_to_call():
    assert dir(lib)
