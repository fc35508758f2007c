#include "crc.h"

uint32_t crc_of(const void *data, size_t size) {
    crc_stream stream;
    crc_begin(&stream);
    crc_add(&stream, data, size);
    return crc_end(&stream);
}
