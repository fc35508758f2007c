#ifndef RUST_WORDS_H
#define RUST_WORDS_H

#include <stddef.h>

/* How many words a text has. */
size_t my_project_words(const char *text, size_t length);

#endif
