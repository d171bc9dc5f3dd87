// The shortest decimal of a binary number, several times faster than std::to_chars and with the same digits.
//
// Raffaello Giulietti, "The Schubfach way to render doubles" (2020): of the decimals that read back as the number those
// with the fewest digits, of these the nearest, of two equally near the even one.
#pragma once

#include <cstdint>
#include <cstring>

#include "powers.hpp"

namespace outfeed {

// digits * 10^exponent.
struct Decimal {
  std::uint64_t digits;
  int exponent;
};

template <class T>
class Shortest {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  static constexpr int kFraction = sizeof(T) == 4 ? 23 : 52;  // bits of it
  static constexpr int kBias = (sizeof(T) == 4 ? 127 : 1023) + kFraction;

 public:
  // `value` is finite and greater than zero.
  static Decimal of(T value) {
    Bits bits;
    std::memcpy(&bits, &value, sizeof(bits));
    const Bits fraction = bits & ((Bits(1) << kFraction) - 1);
    const int exponent = int(bits >> kFraction);
    const Bits c = exponent != 0 ? fraction | (Bits(1) << kFraction) : fraction;
    return of(c, (exponent != 0 ? exponent : 1) - kBias, fraction == 0 && exponent > 1);
  }

 private:
  // The number is c * 2^q. `nearer_below`: the next smaller number is half as far away as the next larger one.
  static Decimal of(Bits c, int q, bool nearer_below) {
    const int k = nearer_below ? floor_log10_of_three_quarters(q) : floor_log10(q);
    const int h = q + floor_log2_of_ten_to(-k) + 1;
    const Wide power = kPowersOfTen(-k);
    // Four times the borders of what is rounded to the number, and of the number, in units of 10^k.
    const Bits odd = c & 1;
    const Bits lower = scaled(power, (4 * c - 2 + (nearer_below ? 1 : 0)) << h) + odd;
    const Bits value = scaled(power, (4 * c) << h);
    const Bits upper = scaled(power, (4 * c + 2) << h) - odd;

    // Which of the cases holds is a matter of chance, so none is a branch.
    const Bits ones = value / 4, tens = ones / 10;
    const bool ten_below = lower <= 40 * tens, ten_above = 40 * tens + 40 <= upper;
    const bool below = lower <= 4 * ones, above = 4 * ones + 4 <= upper;
    const Bits middle = 4 * ones + 2;
    const bool nearer_above = (value > middle) | ((value == middle) & ((ones & 1) != 0));
    const Bits fine = ones + (below != above ? above : nearer_above);
    const bool short_one = (ones >= 10) & (ten_below != ten_above);
    return {short_one ? tens + ten_above : fine, k + short_one};
  }

  // power * factor without its lowest bits; the last bit that is left says whether any of those was set.
  static Bits scaled(Wide power, Bits factor) {
    if constexpr (sizeof(T) == 4) {
      const auto low = std::uint64_t(power);
      const Wide product = Wide(std::uint64_t(power >> 64) + (low != 0)) * factor;
      return std::uint32_t(product >> 64) | (std::uint32_t(product >> 32) > 1);
    } else {
      const Wide low = Wide(std::uint64_t(power)) * factor;
      const Wide product = Wide(std::uint64_t(power >> 64)) * factor + std::uint64_t(low >> 64);
      return std::uint64_t(product >> 64) | (std::uint64_t(product) > 1);
    }
  }

  // Of 2^q, of 2^q * 3/4 and of 10^k, for all exponents of float64.
  static int floor_log10(int q) { return (q * 1262611) >> 22; }
  static int floor_log10_of_three_quarters(int q) { return (q * 1262611 - 524031) >> 22; }
  static int floor_log2_of_ten_to(int k) { return (k * 1741647) >> 19; }
};

}  // namespace outfeed
