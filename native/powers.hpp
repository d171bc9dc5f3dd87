// Powers of ten to 128 bits, made by the compiler.
#pragma once

#include <cstdint>

namespace outfeed {

__extension__ using Wide = unsigned __int128;

// 10^k for all k that shortest.hpp needs: times the power of two that makes it at least 2^127 and less than 2^128, rounded up.
class PowersOfTen {
 public:
  static constexpr int kLeast = -292, kMost = 324;

  constexpr PowersOfTen() {
    Large five;
    five.words[0] = 1;
    for (int k = 0; k <= kMost; ++k) {
      table_[k - kLeast] = five.rounded_up(true);
      five.multiply();
    }
    // Dividing again and again gives the same whole number as dividing once. The last one still has 128 bits.
    five = Large();
    five.words[Large::kWords - 1] = std::uint64_t(1) << 63;
    for (int k = -1; k >= kLeast; --k) {
      five.divide();
      table_[k - kLeast] = five.rounded_up(false);
    }
  }

  constexpr Wide operator()(int k) const { return table_[k - kLeast]; }

 private:
  // A whole number; its powers of two say nothing here, so 5 stands for 10.
  struct Large {
    static constexpr int kWords = 14;
    std::uint64_t words[kWords] = {};  // the lowest first

    constexpr void multiply() {
      Wide carry = 0;
      for (std::uint64_t &word : words) {
        carry += Wide(word) * 5;
        word = std::uint64_t(carry);
        carry >>= 64;
      }
    }

    constexpr void divide() {
      Wide rest = 0;
      for (int i = kWords - 1; i >= 0; --i) {
        rest = (rest << 64) | words[i];
        words[i] = std::uint64_t(rest / 5);
        rest %= 5;
      }
    }

    // The highest 128 bits, plus one if anything was cut off; `exact`: nothing was but what is in the lower words.
    constexpr Wide rounded_up(bool exact) const {
      int top = kWords - 1;
      while (words[top] == 0) --top;
      const int shift = __builtin_clzll(words[top]);
      const std::uint64_t third = word(top - 2);
      Wide bits = (Wide(words[top]) << 64) | word(top - 1);
      if (shift != 0) bits = (bits << shift) | (third >> (64 - shift));
      bool more = !exact || std::uint64_t(third << shift) != 0;
      for (int i = 0; i < top - 2; ++i) more |= words[i] != 0;
      return bits + (more ? 1 : 0);
    }

    constexpr std::uint64_t word(int i) const { return i < 0 ? 0 : words[i]; }
  };

  Wide table_[kMost - kLeast + 1] = {};
};

inline constexpr PowersOfTen kPowersOfTen;

}  // namespace outfeed
