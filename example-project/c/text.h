/* Bytes and C strings: read them, change them, make new ones. */
#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>
#include <stdint.h>

/* The CRC-32 that zlib and PNG use. */
uint32_t text_crc32(const unsigned char *data, size_t size);

/* Turns ASCII letters into capitals, in place. */
void text_upper(char *buffer, size_t size);

/* "Hello, World!" -> "hello-world". A new string, which the caller owns
   and gives back to text_free(). NULL: no memory. */
char *text_slug(const char *text);
void text_free(char *text);

#endif
