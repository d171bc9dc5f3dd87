// Points in the order of a Morton curve: what is near in space is mostly near in the order.
#pragma once

#include <cmath>
#include <cstdint>
#include <stdexcept>

#include "block.hpp"

namespace outfeed {

// The cube at the lowest corner of all points, as wide as their largest extent.
class UnitCube {
 public:
  template <class T>
  UnitCube(const T *points, std::size_t count) {
    double high[3];
    for (int i = 0; i < 3; ++i) {
      low_[i] = count == 0 ? 0 : double(points[i]);
      high[i] = low_[i];
    }
    bool finite = true;
    for (std::size_t p = 0; p < count; ++p) {
      for (int i = 0; i < 3; ++i) {
        const double value = double(points[3 * p + i]);
        finite &= std::isfinite(value);
        low_[i] = std::min(low_[i], value);
        high[i] = std::max(high[i], value);
      }
    }
    if (!finite) throw std::invalid_argument("a coordinate that is not finite");
    for (int i = 0; i < 3; ++i) {
      low_[i] *= 0.25;  // so that the width of no cube is infinite
      width_ = std::max(width_, high[i] * 0.25 - low_[i]);
    }
  }

  // From 0 to 1; never falls where the coordinate rises.
  double place(double coordinate, int axis) const {
    return width_ == 0 ? 0 : (coordinate * 0.25 - low_[axis]) / width_;
  }

 private:
  double low_[3];
  double width_ = 0;
};

// Puts two free bits before each of the lowest 21.
inline std::uint64_t spread(std::uint64_t bits) {
  bits = (bits | bits << 32) & 0x001f00000000ffff;
  bits = (bits | bits << 16) & 0x001f0000ff0000ff;
  bits = (bits | bits << 8) & 0x100f00f00f00f00f;
  bits = (bits | bits << 4) & 0x10c30c30c30c30c3;
  return (bits | bits << 2) & 0x1249249249249249;
}

// 63 bits: of 2^21 cells along each axis, x lowest. `places` are from 0 to 1.
inline std::uint64_t morton_code(const double (&places)[3]) {
  std::uint64_t code = 0;
  for (int i = 0; i < 3; ++i) {
    const auto cell = std::uint64_t(places[i] * 0x1p21);
    code |= spread(std::min<std::uint64_t>(cell, (1 << 21) - 1)) << i;
  }
  return code;
}

template <class T>
void morton_codes(const T *points, std::size_t count, std::uint64_t *codes) {
  const UnitCube cube(points, count);
  for (std::size_t p = 0; p < count; ++p) {
    double places[3];
    for (int i = 0; i < 3; ++i) places[i] = cube.place(double(points[3 * p + i]), i);
    codes[p] = morton_code(places);
  }
}

// Sorts numbers by their codes of 63 bits, equal codes by their places; the codes are lost.
class RadixSort {
  static constexpr int kBits = 11, kDigits = 6;
  static constexpr std::size_t kValues = std::size_t(1) << kBits;

 public:
  static void sort(Block<std::uint64_t> &codes, Block<std::int32_t> &numbers) {
    const std::size_t count = codes.size();
    Block<std::uint32_t> counts;
    count_digits(codes, counts);
    Block<std::uint64_t> other_codes;
    Block<std::int32_t> other_numbers;
    std::uint64_t *from = codes.data(), *to = other_codes.extend(count);
    std::int32_t *from_numbers = numbers.data(), *to_numbers = other_numbers.extend(count);
    for (int digit = 0; digit < kDigits; ++digit) {
      std::uint32_t *starts = counts.data() + digit * kValues;
      if (count == 0 || starts[from[0] >> digit * kBits & (kValues - 1)] == count) continue;  // all have the same
      sum_up(starts);
      for (std::size_t i = 0; i < count; ++i) {
        const std::uint32_t place = starts[from[i] >> digit * kBits & (kValues - 1)]++;
        to[place] = from[i];
        to_numbers[place] = from_numbers[i];
      }
      std::swap(from, to);
      std::swap(from_numbers, to_numbers);
    }
    if (from_numbers != numbers.data()) std::copy(from_numbers, from_numbers + count, numbers.data());
  }

 private:
  static void count_digits(const Block<std::uint64_t> &codes, Block<std::uint32_t> &counts) {
    std::uint32_t *all = counts.extend(kDigits * kValues);
    std::fill(all, all + kDigits * kValues, 0);
    for (std::size_t i = 0; i < codes.size(); ++i)
      for (int digit = 0; digit < kDigits; ++digit)
        ++all[digit * kValues + (codes[i] >> digit * kBits & (kValues - 1))];
  }

  static void sum_up(std::uint32_t *counts) {
    std::uint32_t before = 0;
    for (std::size_t value = 0; value < kValues; ++value) {
      const std::uint32_t count = counts[value];
      counts[value] = before;
      before += count;
    }
  }
};

// The numbers of the points in the order of their codes, equal codes in the order of the points.
template <class T>
void morton_order(const T *points, std::size_t count, Block<std::int32_t> &order) {
  Block<std::uint64_t> codes;
  morton_codes(points, count, codes.extend(count));
  std::int32_t *numbers = order.extend(count);
  for (std::size_t i = 0; i < count; ++i) numbers[i] = std::int32_t(i);
  RadixSort::sort(codes, order);
}

}  // namespace outfeed
