#include "count.h"

int count(const char *text)
{
    int letters = 0;
    while (text[letters])
        letters++;
    return letters;
}
