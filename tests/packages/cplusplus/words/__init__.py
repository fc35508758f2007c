from words._words import lib


def distinct(text):
    return lib.distinct_words(text.encode())
