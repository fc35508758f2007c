#include "distinct.hpp"

#include <iterator>
#include <set>
#include <sstream>
#include <string>

std::size_t distinct_words(const char *text)
{
    std::istringstream stream(text);
    std::istream_iterator<std::string> first(stream), last;
    return std::set<std::string>(first, last).size();
}
