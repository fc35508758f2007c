/* CRC-32 (IEEE 802.3), whole or in pieces. */
#ifndef CRC_H
#define CRC_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint32_t state;
    uint64_t length; /* bytes so far */
} crc_stream;

void crc_begin(crc_stream *stream);
void crc_add(crc_stream *stream, const void *data, size_t size);
uint32_t crc_end(const crc_stream *stream);

uint32_t crc_of(const void *data, size_t size);

#endif
