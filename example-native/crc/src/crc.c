#include "crc.h"

#include "crc_table.h" /* made by tools/make_table.py */

void crc_begin(crc_stream *stream) {
    stream->state = 0xffffffffu;
    stream->length = 0;
}

void crc_add(crc_stream *stream, const void *data, size_t size) {
    const unsigned char *bytes = data;
    uint32_t state = stream->state;
    for (size_t i = 0; i < size; i++)
        state = (state >> 8) ^ crc_table[(state ^ bytes[i]) & 0xff];
    stream->state = state;
    stream->length += size;
}

uint32_t crc_end(const crc_stream *stream) { return ~stream->state; }
