/* A growable line through points: ordinary C that knows nothing of Python. */
#include "polyline.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct polyline {
    point *points;
    size_t size;
    size_t capacity;
};

const char *polyline_message(int status)
{
    switch (status) {
    case POLYLINE_OK:         return "no error";
    case POLYLINE_NO_MEMORY:  return "out of memory";
    case POLYLINE_NOT_FINITE: return "coordinates must be finite numbers";
    case POLYLINE_EMPTY:      return "the line has no points";
    default:                  return "unknown status";
    }
}

polyline *polyline_new(void)
{
    return calloc(1, sizeof(polyline));
}

void polyline_free(polyline *line)
{
    if (line == NULL)
        return;
    free(line->points);
    free(line);
}

/* Makes room for `count` more points. */
static int reserve(polyline *line, size_t count)
{
    const size_t limit = SIZE_MAX / sizeof(point);
    size_t capacity;
    point *points;

    if (count <= line->capacity - line->size)
        return POLYLINE_OK;
    if (count > limit - line->size)
        return POLYLINE_NO_MEMORY;
    capacity = line->size + count;
    /* Doubling keeps the cost of many small additions linear. */
    if (line->capacity <= limit / 2 && capacity < 2 * line->capacity)
        capacity = 2 * line->capacity;
    points = realloc(line->points, capacity * sizeof(point));
    if (points == NULL)
        return POLYLINE_NO_MEMORY;
    line->points = points;
    line->capacity = capacity;
    return POLYLINE_OK;
}

int polyline_extend(polyline *line, const point *points, size_t count)
{
    int status;

    if (count == 0)
        return POLYLINE_OK;
    for (size_t i = 0; i < count; i++)
        if (!isfinite(points[i].x) || !isfinite(points[i].y))
            return POLYLINE_NOT_FINITE;
    status = reserve(line, count);
    if (status != POLYLINE_OK)
        return status;
    memcpy(line->points + line->size, points, count * sizeof(point));
    line->size += count;
    return POLYLINE_OK;
}

size_t polyline_size(const polyline *line)
{
    return line->size;
}

size_t polyline_copy(const polyline *line, point *out, size_t capacity)
{
    const size_t count = line->size < capacity ? line->size : capacity;

    if (count > 0)
        memcpy(out, line->points, count * sizeof(point));
    return count;
}

double polyline_length(const polyline *line)
{
    double total = 0.0;

    for (size_t i = 1; i < line->size; i++) {
        const point from = line->points[i - 1];
        const point to = line->points[i];
        total += hypot(to.x - from.x, to.y - from.y);
    }
    return total;
}

int polyline_bounds(const polyline *line, box *out)
{
    if (line->size == 0)
        return POLYLINE_EMPTY;
    out->low = out->high = line->points[0];
    for (size_t i = 1; i < line->size; i++) {
        const point p = line->points[i];
        if (p.x < out->low.x)  out->low.x = p.x;
        if (p.y < out->low.y)  out->low.y = p.y;
        if (p.x > out->high.x) out->high.x = p.x;
        if (p.y > out->high.y) out->high.y = p.y;
    }
    return POLYLINE_OK;
}
