#pragma once
#include <cstddef>

// C's calling convention is not needed: cffi's generated file is C++ as well.
std::size_t distinct_words(const char *text);
