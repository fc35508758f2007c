/* Bytes and C strings. Letters are tested by hand: <ctype.h> would depend on the locale. */
#include "text.h"

#include <stdlib.h>
#include <string.h>

uint32_t text_crc32(const unsigned char *data, size_t size)
{
    uint32_t crc = 0xFFFFFFFFu;

    for (size_t i = 0; i < size; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ ((crc & 1u) ? 0xEDB88320u : 0u);
    }
    return ~crc;
}

void text_upper(char *buffer, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (buffer[i] >= 'a' && buffer[i] <= 'z')
            buffer[i] = (char)(buffer[i] - 'a' + 'A');
}

char *text_slug(const char *text)
{
    /* Never longer than its input. */
    char *slug = malloc(strlen(text) + 1);
    char *end = slug;
    int gap = 0;

    if (slug == NULL)
        return NULL;
    for (; *text != '\0'; text++) {
        const char c = *text >= 'A' && *text <= 'Z' ? (char)(*text - 'A' + 'a') : *text;
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9')) {
            gap = 1;
            continue;
        }
        if (gap && end != slug)
            *end++ = '-';
        gap = 0;
        *end++ = c;
    }
    *end = '\0';
    return slug;
}

void text_free(char *text)
{
    free(text);
}
