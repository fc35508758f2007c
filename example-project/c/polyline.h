/* A growable line through points. */
#ifndef POLYLINE_H
#define POLYLINE_H

#include <stddef.h>

typedef struct { double x, y; } point;
typedef struct { point low, high; } box;
typedef struct polyline polyline;

/* What a function that can fail returns. */
enum polyline_status {
    POLYLINE_OK = 0,
    POLYLINE_NO_MEMORY = -1,
    POLYLINE_NOT_FINITE = -2,
    POLYLINE_EMPTY = -3
};

/* A static English sentence; the caller does not free it. */
const char *polyline_message(int status);

/* The caller owns the result and gives it back to polyline_free(). NULL: no memory. */
polyline *polyline_new(void);
void polyline_free(polyline *line);

/* Copies `points` to the end of the line: all of them, or on failure none. */
int polyline_extend(polyline *line, const point *points, size_t count);

size_t polyline_size(const polyline *line);

/* Writes at most `capacity` points to `out` and returns how many. */
size_t polyline_copy(const polyline *line, point *out, size_t capacity);

double polyline_length(const polyline *line);

/* The smallest box around all points. */
int polyline_bounds(const polyline *line, box *out);

#endif
