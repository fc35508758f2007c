/* What the crate exports. cbindgen can write such a header: `officina header`. */
#ifndef WORDS_H
#define WORDS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How a call ended. */
typedef enum words_status {
    WORDS_OK = 0,
    /* The text is not UTF-8. */
    WORDS_NOT_UTF8 = 1,
    /* The callback did not want to go on. */
    WORDS_STOPPED = 2,
    /* The code in Rust panicked. */
    WORDS_PANIC = 3,
} words_status;

/* A struct that Rust fills and its caller owns. */
typedef struct words_counts {
    uint64_t words;
    uint64_t lines;
    uint64_t letters;
} words_counts;

/* Called with each word; the text is valid while the call lasts. Anything but 0 stops. */
typedef int (*words_callback)(const char *word, size_t length, void *data);

words_status words_count(const char *text, size_t length, words_counts *counts);
words_status words_each(const char *text, size_t length, words_callback callback, void *data);

/* A new string, which belongs to the caller until `words_free` takes it back; NULL if the text is not UTF-8. */
char *words_title(const char *text, size_t length);
void words_free(char *text);

/* Panics, to show what becomes of it. */
words_status words_panic(void);

#ifdef __cplusplus
}
#endif

#endif
