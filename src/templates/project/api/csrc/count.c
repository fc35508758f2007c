#include "count.h"

size_t my_project_count(const char *text, char letter) {
    size_t found = 0;
    for (; *text != '\0'; text++)
        found += *text == letter;
    return found;
}
