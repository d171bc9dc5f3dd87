// Numbers as text, in both directions, whatever the locale is.
#pragma once

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <system_error>

namespace outfeed {

inline bool is_newline(char c) { return c == '\n' || c == '\r'; }

// Control characters, NUL among them, separate words as spaces do: files that were padded with them exist.
inline bool is_blank(char c) { return static_cast<unsigned char>(c) <= ' ' && !is_newline(c); }

// Reads what from_chars would not hold: too large becomes infinite, too small becomes zero. The text is a valid number.
inline double beyond_range(const char *first, const char *last) {
  const bool negative = *first == '-';
  const char *p = negative ? first + 1 : first;
  long magnitude = 0;  // of the leading digit; only its sign matters, and it is far from zero here
  bool seen_digit = false, seen_point = false;
  for (; p != last && *p != 'e' && *p != 'E'; ++p) {
    if (*p == '.') {
      seen_point = true;
    } else if (seen_digit || *p != '0') {
      seen_digit = true;
      if (!seen_point) ++magnitude;
    } else if (seen_point) {
      --magnitude;
    }
  }
  if (p != last) {
    ++p;
    if (p != last && *p == '+') ++p;
    long exponent = 0;
    const auto read = std::from_chars(p, last, exponent);
    if (read.ec == std::errc::result_out_of_range) exponent = *p == '-' ? -1'000'000'000'000 : 1'000'000'000'000;
    magnitude += exponent;
  }
  const double value = magnitude > 0 ? std::numeric_limits<double>::infinity() : 0.0;
  return negative ? -value : value;
}

// Reads a number at `p` and moves behind it. `false`: there is none, and `p` stays.
inline bool read_real(const char *&p, const char *end, double &value) {
  const char *first = p;
  if (first != end && *first == '+') {
    ++first;
    if (first != end && (*first == '-' || *first == '+')) return false;
  }
  const auto read = std::from_chars(first, end, value);
  if (read.ec == std::errc::invalid_argument) return false;
  if (read.ec == std::errc::result_out_of_range) value = beyond_range(first, read.ptr);
  p = read.ptr;
  return true;
}

// Room that `write_real` may need.
constexpr std::size_t kRealRoom = 40;

// Writes the fewest digits that read back as the same number of the same type. `value` is finite.
template <class T>
char *write_real(char *to, T value) {
  const T size = std::fabs(value);
  if (size == 0) {
    *to = '0';
    return to + 1;
  }
  // The same borders for both types: what was written of a float is read as a double, and must be written alike.
  const auto format = size >= T(1e-4) && size < T(1e15) ? std::chars_format::fixed : std::chars_format::scientific;
  return std::to_chars(to, to + kRealRoom, value, format).ptr;
}

}  // namespace outfeed
