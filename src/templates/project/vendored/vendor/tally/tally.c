#include "tally.h"

void tally_add(tally *tally, const unsigned char *bytes, size_t length) {
    for (size_t i = 0; i < length; i++)
        tally->counts[bytes[i]]++;
}

size_t tally_distinct(const tally *tally) {
    size_t found = 0;
    for (size_t i = 0; i < 256; i++)
        found += tally->counts[i] != 0;
    return found;
}
