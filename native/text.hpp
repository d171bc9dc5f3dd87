// Numbers as text, in both directions, whatever the locale is.
#pragma once

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <system_error>

#include "shortest.hpp"

namespace outfeed {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "eight digits are read and written as one number");

inline bool is_newline(char c) { return c == '\n' || c == '\r'; }

// Control characters, NUL among them, separate words as spaces do: files that were padded with them exist.
inline bool is_blank(char c) { return static_cast<unsigned char>(c) <= ' ' && !is_newline(c); }

inline bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

// --- reading -----------------------------------------------------------------------------------------------------------

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
    constexpr long kFar = 1'000'000'000'000;  // more digits than any text has
    if (read.ec == std::errc::result_out_of_range) exponent = *p == '-' ? -kFar : kFar;
    magnitude += exponent < -kFar ? -kFar : exponent > kFar ? kFar : exponent;
  }
  const double value = magnitude > 0 ? std::numeric_limits<double>::infinity() : 0.0;
  return negative ? -value : value;
}

// Reads any number at `p` and moves behind it. `false`: there is none, and `p` stays.
inline bool read_any_real(const char *&p, const char *end, double &value) {
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

inline std::uint64_t eight_bytes(const char *p) {
  std::uint64_t word;
  std::memcpy(&word, p, sizeof(word));
  return word;
}

inline bool are_digits(std::uint64_t word) {
  return (((word + 0x4646464646464646) | (word - 0x3030303030303030)) & 0x8080808080808080) == 0;
}

// The number that eight digits say: neighbours are joined three times.
inline std::uint64_t value_of_digits(std::uint64_t word) {
  word -= 0x3030303030303030;
  word = word * 10 + (word >> 8);
  const std::uint64_t pairs = 0x000000FF000000FF;
  return (((word & pairs) * (100 + (std::uint64_t(1'000'000) << 32)) +
           ((word >> 16) & pairs) * (1 + (std::uint64_t(10'000) << 32))) >>
          32) &
         0xFFFFFFFF;
}

// Reads an exponent with its letter, if there is one at `p`. `false`: it is too large for any use.
inline bool read_exponent(const char *&p, const char *end, int &exponent) {
  if (p == end || (*p | 0x20) != 'e') return true;
  const char *q = p + 1;
  const bool negative = q != end && *q == '-';
  if (q != end && (*q == '-' || *q == '+')) ++q;
  if (q == end || !is_digit(*q)) return true;  // the number ends before the letter
  int size = 0;
  for (; q != end && is_digit(*q); ++q) {
    if (size > 999) return false;
    size = size * 10 + (*q - '0');
  }
  exponent += negative ? -size : size;
  p = q;
  return true;
}

// Reads digits behind a point.
inline void read_fraction(const char *&p, const char *end, std::uint64_t &digits) {
  while (end - p >= 8 && are_digits(eight_bytes(p))) {
    digits = digits * 100'000'000 + value_of_digits(eight_bytes(p));
    p += 8;
  }
  for (; p != end && is_digit(*p); ++p) digits = digits * 10 + std::uint64_t(*p - '0');
}

// Reads a number at `p` and moves behind it. `false`: there is none, and `p` stays.
//
// Where the digits and the power of ten are both exact as float64, one multiplication or division rounds once, and so
// rightly (William Clinger, "How to read floating point numbers accurately", 1990). The rest is for `read_any_real`.
inline bool read_real(const char *&p, const char *end, double &value) {
  static constexpr double kPowers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                       1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  constexpr std::uint64_t kExact = std::uint64_t(1) << 53;
  constexpr int kMostPower = 22, kMostDigits = 19;  // of 64 bits

  const char *q = p;
  const bool negative = q != end && *q == '-';
  if (q != end && (*q == '-' || *q == '+')) ++q;
  std::uint64_t digits = 0;
  const char *first = q;
  for (; q != end && is_digit(*q); ++q) digits = digits * 10 + std::uint64_t(*q - '0');
  auto count = q - first;
  int exponent = 0;
  if (q != end && *q == '.') {
    const char *point = ++q;
    read_fraction(q, end, digits);
    count += q - point;
    if (count <= kMostDigits) exponent = -int(q - point);
  }
  if (count == 0 || count > kMostDigits || digits > kExact || !read_exponent(q, end, exponent) ||
      exponent < -kMostPower || exponent > kMostPower)
    return read_any_real(p, end, value);
  const auto whole = double(digits);
  const double size = exponent < 0 ? whole / kPowers[-exponent] : whole * kPowers[exponent];
  value = negative ? -size : size;
  p = q;
  return true;
}

// --- writing -----------------------------------------------------------------------------------------------------------

// Eight digits of a number below 10^8 as bytes of 0 to 9, the first in the lowest byte: each step halves what is left.
inline std::uint64_t digits_of(std::uint32_t number) {
  std::uint64_t word = (number / 10'000) | (std::uint64_t(number % 10'000) << 32);
  std::uint64_t part = ((word * 10'486) >> 20) & 0x0000007F0000007F;
  word = part | ((word - part * 100) << 16);
  part = ((word * 103) >> 10) & 0x000F000F000F000F;
  return part | ((word - part * 10) << 8);
}

constexpr std::uint64_t kZeros = 0x3030303030303030;

// The most digits that the shortest decimal of a float64 has, with the first one at the front.
struct Digits {
  static constexpr int kMost = 17;
  std::uint64_t head, middle;  // eight each
  std::uint64_t last;
  int count;      // without zeros at the end
  int magnitude;  // digits before the point; negative for zeros behind it

  explicit Digits(Decimal decimal) {
    const int size = size_of(decimal.digits);
    const std::uint64_t full = decimal.digits * power(kMost - size);
    magnitude = size + decimal.exponent;
    const std::uint64_t front = full / 10;
    last = full % 10;
    head = digits_of(std::uint32_t(front / 100'000'000));
    middle = digits_of(std::uint32_t(front % 100'000'000));
    const int behind = last != 0 ? kMost : 16 - zeros_behind(middle);
    count = (middle | last) != 0 ? behind : 8 - zeros_behind(head);
  }

  // Writes 17 bytes.
  void write(char *to) const {
    const std::uint64_t words[] = {head | kZeros, middle | kZeros};
    std::memcpy(to, words, sizeof(words));
    to[16] = char('0' + last);
  }

  static int size_of(std::uint64_t number) {
    // 1233 / 4096 is a little more than log10(2): never too small, and one too large where the digits say so.
    const int guess = ((64 - __builtin_clzll(number | 1)) * 1233) >> 12;
    return guess + (number >= power(guess));
  }

 private:
  static int zeros_behind(std::uint64_t word) { return __builtin_clzll(word | 1) / 8; }

  static std::uint64_t power(int k) {
    static constexpr std::uint64_t kTable[] = {1,
                                               10,
                                               100,
                                               1'000,
                                               10'000,
                                               100'000,
                                               1'000'000,
                                               10'000'000,
                                               100'000'000,
                                               1'000'000'000,
                                               10'000'000'000,
                                               100'000'000'000,
                                               1'000'000'000'000,
                                               10'000'000'000'000,
                                               100'000'000'000'000,
                                               1'000'000'000'000'000,
                                               10'000'000'000'000'000,
                                               100'000'000'000'000'000};
    return kTable[k];
  }
};

// Room that `write_real` may write into.
constexpr std::size_t kRealRoom = 40;
// The same for `write_integer`.
constexpr std::size_t kIntegerRoom = 24;

// Writes a whole number from 0 to 10^17 - 1.
inline char *write_whole(char *to, std::uint64_t value) {
  if (value < 10) {
    *to = char('0' + value);
    return to + 1;
  }
  const int size = Digits::size_of(value);
  if (size <= 8) {
    const std::uint64_t word = (digits_of(std::uint32_t(value)) | kZeros) >> (8 * (8 - size));
    std::memcpy(to, &word, sizeof(word));
    return to + size;
  }
  to = write_whole(to, value / 100'000'000);
  const std::uint64_t word = digits_of(std::uint32_t(value % 100'000'000)) | kZeros;
  std::memcpy(to, &word, sizeof(word));
  return to + 8;
}

// `value` has up to 17 digits.
inline char *write_integer(char *to, std::int64_t value) {
  if (value < 0) *to++ = '-';
  return write_whole(to, value < 0 ? std::uint64_t(-value) : std::uint64_t(value));
}

// As 0.00012, 1.25 or 12500.
inline char *write_plain(char *to, const Digits &digits) {
  const int point = digits.magnitude;
  if (point <= 0) {
    std::memcpy(to, "0.000000", 8);
    digits.write(to + 2 - point);
    return to + 2 - point + digits.count;
  }
  if (point < 8 && digits.count > point) {
    // The digits before the point stay, those behind it move by one.
    const std::uint64_t head = digits.head | kZeros;
    const std::uint64_t before = (std::uint64_t(1) << (8 * point)) - 1;
    const std::uint64_t word = (head & before) | (std::uint64_t('.') << (8 * point)) | ((head & ~before) << 8);
    digits.write(to + 1);
    std::memcpy(to, &word, sizeof(word));
    return to + 1 + digits.count;
  }
  digits.write(to);
  if (digits.count <= point) return to + point;
  std::memmove(to + point + 1, to + point, std::size_t(digits.count - point));
  to[point] = '.';
  return to + 1 + digits.count;
}

// As 1.25e-07.
inline char *write_with_exponent(char *to, const Digits &digits) {
  digits.write(to + 1);
  to[0] = to[1];
  to[1] = '.';
  to += digits.count > 1 ? 1 + digits.count : 1;
  const int exponent = digits.magnitude - 1;
  *to++ = 'e';
  *to++ = exponent < 0 ? '-' : '+';
  const int size = exponent < 0 ? -exponent : exponent;
  if (size < 10) *to++ = '0';
  return write_whole(to, std::uint64_t(size));
}

// Writes the fewest digits that read back as the same number of the same type.
template <class T>
char *write_real(char *to, T value) {
  if (!std::isfinite(value)) return std::to_chars(to, to + kRealRoom, value).ptr;
  const T size = std::fabs(value);
  if (size == 0) {
    *to = '0';
    return to + 1;
  }
  *to = '-';
  to += value < 0;  // no branch: signs are a matter of chance
  // The same borders for both types: what was written of a float is read as a double, and must be written alike.
  if (!(size >= T(1e-4) && size < T(1e15))) return write_with_exponent(to, Digits(Shortest<T>::of(size)));
  // All digits of a float that is whole.
  if (sizeof(T) == 4 && size >= T(1 << 24)) return write_whole(to, std::uint64_t(size));
  return write_plain(to, Digits(Shortest<T>::of(size)));
}

}  // namespace outfeed
