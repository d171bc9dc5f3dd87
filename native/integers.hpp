// Signs of small determinants of coordinates, exact for every finite double.
//
// A double is a whole number times a power of two, so the differences along one axis are whole numbers in a unit of their
// own; the sign of a determinant does not depend on the units. Mostly the numbers fit in a word; else `Whole` holds them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace outfeed {

__extension__ using Int128 = __int128;
__extension__ using Uint128 = unsigned __int128;

// A signed whole number of up to `kLimbs` words of 64 bits, the lowest first. The highest word that counts is not 0.
struct Whole {
  // Two doubles differ by less than 2^2099 of the smallest unit, in 33 words; then products of three, and a sum of six.
  static constexpr int kLimbs = 33 * 3 + 1;

  int sign = 0;
  int size = 0;
  std::uint64_t limbs[kLimbs];

  // value * 2^shift
  Whole(std::int64_t value, int shift) : sign(value > 0 ? 1 : value < 0 ? -1 : 0) {
    if (sign == 0) return;
    const Uint128 moved = Uint128(sign < 0 ? -std::uint64_t(value) : std::uint64_t(value)) << (shift % 64);
    size = shift / 64;
    std::fill(limbs, limbs + size, 0);
    limbs[size++] = std::uint64_t(moved);
    limbs[size++] = std::uint64_t(moved >> 64);
    trim();
  }
  Whole() = default;
  Whole(const Whole &other) { *this = other; }
  Whole &operator=(const Whole &other) {
    sign = other.sign;
    size = other.size;
    std::copy(other.limbs, other.limbs + size, limbs);
    return *this;
  }

  friend Whole operator*(const Whole &a, const Whole &b) {
    Whole product;
    if (a.sign == 0 || b.sign == 0) return product;
    product.sign = a.sign * b.sign;
    product.size = a.size + b.size;
    std::fill(product.limbs, product.limbs + product.size, 0);
    for (int i = 0; i < a.size; ++i) {
      std::uint64_t carry = 0;
      for (int k = 0; k < b.size; ++k) {
        const Uint128 sum = Uint128(a.limbs[i]) * b.limbs[k] + product.limbs[i + k] + carry;
        product.limbs[i + k] = std::uint64_t(sum);
        carry = std::uint64_t(sum >> 64);
      }
      product.limbs[i + b.size] = carry;
    }
    product.trim();
    return product;
  }

  friend Whole operator+(const Whole &a, const Whole &b) {
    if (a.sign * b.sign >= 0) return a.sign == 0 ? b : a.with_added(b);
    const int larger = compare_sizes(a, b);
    if (larger == 0) return Whole();
    return larger > 0 ? a.with_removed(b) : b.with_removed(a);
  }

  friend Whole operator-(const Whole &a, const Whole &b) {
    Whole turned = b;
    turned.sign = -b.sign;
    return a + turned;
  }

 private:
  void trim() {
    while (size > 0 && limbs[size - 1] == 0) --size;
  }

  static int compare_sizes(const Whole &a, const Whole &b) {
    if (a.size != b.size) return a.size < b.size ? -1 : 1;
    for (int i = a.size - 1; i >= 0; --i)
      if (a.limbs[i] != b.limbs[i]) return a.limbs[i] < b.limbs[i] ? -1 : 1;
    return 0;
  }

  // Both of one sign, or the other 0.
  Whole with_added(const Whole &other) const {
    const Whole &longer = size < other.size ? other : *this, &shorter = size < other.size ? *this : other;
    Whole sum = longer;
    std::uint64_t carry = 0;
    for (int i = 0; i < longer.size; ++i) {
      const Uint128 limb = Uint128(longer.limbs[i]) + (i < shorter.size ? shorter.limbs[i] : 0) + carry;
      sum.limbs[i] = std::uint64_t(limb);
      carry = std::uint64_t(limb >> 64);
    }
    if (carry != 0) sum.limbs[sum.size++] = carry;
    return sum;
  }

  // The other is smaller, without its sign.
  Whole with_removed(const Whole &other) const {
    Whole rest = *this;
    std::uint64_t borrow = 0;
    for (int i = 0; i < size; ++i) {
      const Uint128 limb = Uint128(limbs[i]) - (i < other.size ? other.limbs[i] : 0) - borrow;
      rest.limbs[i] = std::uint64_t(limb);
      borrow = std::uint64_t(limb >> 64) & 1;
    }
    rest.trim();
    return rest;
  }
};

// The differences of up to three coordinates from a first one, as whole numbers of one unit.
class Differences {
 public:
  Differences(double first, const double *others, int count) : count_(count + 1) {
    take_apart(first, 0);
    for (int i = 0; i < count; ++i) take_apart(others[i], i + 1);
    lowest_ = highest_ = 0;
    bool any = false;
    for (int i = 0; i < count_; ++i) {
      if (values_[i] == 0) continue;
      const int top = exponents_[i] + 64 - __builtin_clzll(std::uint64_t(values_[i] < 0 ? -values_[i] : values_[i]));
      lowest_ = any ? std::min(lowest_, exponents_[i]) : exponents_[i];
      highest_ = any ? std::max(highest_, top) : top;
      any = true;
    }
  }

  // Whether each difference is less than 2^61.
  bool is_small() const { return highest_ - lowest_ <= 60; }
  std::int64_t small(int i) const { return shifted(i + 1) - shifted(0); }

  Whole whole(int i) const { return part(i + 1) - part(0); }

  // What exact arithmetic with these costs, about, in tests of two triangles that need none.
  std::uint64_t cost() const {
    const auto limbs = std::uint64_t(highest_ - lowest_) / 64 + 1;
    return is_small() ? 1 : 24 + limbs * limbs / 4;
  }

 private:
  std::int64_t shifted(int i) const {
    return values_[i] == 0 ? 0 : values_[i] * (std::int64_t(1) << (exponents_[i] - lowest_));
  }

  Whole part(int i) const { return values_[i] == 0 ? Whole() : Whole(values_[i], exponents_[i] - lowest_); }

  // Finds an odd value and an exponent, or 0.
  void take_apart(double number, int i) {
    std::uint64_t bits;
    std::memcpy(&bits, &number, sizeof(bits));
    const int exponent = int(bits >> 52 & 0x7ff);
    std::uint64_t value = bits & ((std::uint64_t(1) << 52) - 1);
    if (exponent != 0) value |= std::uint64_t(1) << 52;
    const int zeros = value == 0 ? 0 : __builtin_ctzll(value);
    value >>= zeros;
    values_[i] = bits >> 63 ? -std::int64_t(value) : std::int64_t(value);
    exponents_[i] = std::max(exponent, 1) - 1075 + zeros;
  }

  std::int64_t values_[4];
  int exponents_[4];
  int count_, lowest_, highest_;
};

// The sign of high * 2^64 + low.
inline int sign_of(Int128 high, Int128 low) {
  high += low >> 64;
  return high != 0 ? (high > 0 ? 1 : -1) : int(std::uint64_t(low) != 0);
}

// The sign of x0 * y1 - x1 * y0.
inline int exact_sign(const Differences &x, const Differences &y) {
  if (x.is_small() && y.is_small())
    return sign_of(0, Int128(x.small(0)) * y.small(1) - Int128(x.small(1)) * y.small(0));
  return (x.whole(0) * y.whole(1) - x.whole(1) * y.whole(0)).sign;
}

// The sign of the determinant whose columns are x, y, z, all small. No sum of three reaches 2^127.
inline int small_sign(const Differences &x, const Differences &y, const Differences &z) {
  Int128 high = 0, low = 0;
  for (int i = 0; i < 3; ++i) {
    const int k = (i + 1) % 3, l = (i + 2) % 3;
    const Int128 minor = Int128(y.small(k)) * z.small(l) - Int128(y.small(l)) * z.small(k);
    high += x.small(i) * (minor >> 64);
    low += x.small(i) * Int128(std::uint64_t(minor));
  }
  return sign_of(high, low);
}

// The sign of the determinant whose columns are x, y, z.
inline int exact_sign(const Differences &x, const Differences &y, const Differences &z) {
  if (x.is_small() && y.is_small() && z.is_small()) return small_sign(x, y, z);
  const Whole ys[3] = {y.whole(0), y.whole(1), y.whole(2)}, zs[3] = {z.whole(0), z.whole(1), z.whole(2)};
  Whole sum;
  for (int i = 0; i < 3; ++i) {
    const int k = (i + 1) % 3, l = (i + 2) % 3;
    sum = sum + x.whole(i) * (ys[k] * zs[l] - ys[l] * zs[k]);
  }
  return sum.sign;
}

}  // namespace outfeed
