#ifndef TALLY_H
#define TALLY_H

#include <stddef.h>

/* How often each byte was seen. */
typedef struct tally {
    size_t counts[256];
} tally;

void tally_add(tally *tally, const unsigned char *bytes, size_t length);
size_t tally_distinct(const tally *tally);

#endif
