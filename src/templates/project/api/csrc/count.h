#ifndef COUNT_H
#define COUNT_H

#include <stddef.h>

/* How often a letter stands in a text. */
size_t my_project_count(const char *text, char letter);

#endif
