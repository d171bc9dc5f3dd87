// Numbers in a row, as text.
#pragma once

#include "text.hpp"
#include "block.hpp"

namespace outfeed {

// Reads numbers that blanks, line ends or commas separate. Returns the bytes read: all of them, or up to what is no number.
inline std::size_t read_numbers(const char *text, std::size_t size, Block<double> &values) {
  const char *p = text, *end = text + size;
  for (;;) {
    while (p != end && (is_blank(*p) || is_newline(*p) || *p == ',')) ++p;
    if (p == end) return size;
    double value = 0;
    const char *first = p;
    const bool whole = read_real(p, end, value) && (p == end || is_blank(*p) || is_newline(*p) || *p == ',');
    if (!whole) return std::size_t(first - text);
    values.push(value);
  }
}

}  // namespace outfeed
