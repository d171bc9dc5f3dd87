// Whether points are finite and all different: most meshes that are welded again need no welding, and nothing is copied
// to see it.
#pragma once

#include <limits>

#include "weld.hpp"

namespace outfeed {

template <class T>
class Distinct {
  using Point = typename PointHash<T>::Point;
  static constexpr std::size_t kBatch = 64, kFill = 7;  // as a welder's

 public:
  // Tells whether `count` points (x, y, z) are finite, no two are equal, and none has a -0.0, which welding would change.
  static bool of(const T *points, std::size_t count) {
    if (count > std::numeric_limits<std::int32_t>::max()) throw std::length_error("too many points for 32-bit indices");
    Distinct look(points, count);
    for (std::size_t i = 0; i < count; i += kBatch) {
      if (!look.add(i, std::min(kBatch, count - i))) return false;
    }
    return true;
  }

 private:
  Distinct(const T *points, std::size_t count) : points_(points) { buckets_.make(count / kFill + 8); }

  bool add(std::size_t first, std::size_t n) {
    Point batch[kBatch];
    std::uint64_t hashes[kBatch];
    bool plain = true;
    for (std::size_t i = 0; i < n; ++i) {
      hash_.load(points_ + 3 * (first + i), batch[i]);
      plain &= hash_.equal(batch[i], points_ + 3 * (first + i));
      hashes[i] = hash_(batch[i]);
      __builtin_prefetch(buckets_.at(hashes[i]), 1);
    }
    plain &= are_finite(batch, n);
    for (std::size_t i = 0; plain && i < n; ++i) plain = is_new(batch[i], hashes[i], std::uint32_t(first + i));
    return plain;
  }

  // Every bit of the exponent of what is not finite is set: one more carries into the sign.
  static bool are_finite(const Point *points, std::size_t n) {
    using Bits = typename PointHash<T>::Bits;
    constexpr Bits kSign = Bits(1) << (8 * sizeof(T) - 1), kStep = Bits(1) << (std::numeric_limits<T>::digits - 1);
    Bits carried[4] = {};
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t k = 0; k < 4; ++k) carried[k] |= (points[i].bits[k] & (kSign - kStep)) + kStep;
    }
    return ((carried[0] | carried[1] | carried[2]) & kSign) == 0;
  }

  bool is_new(const Point &point, std::uint64_t hash, std::uint32_t number) {
    const std::uint8_t tag = tag_of(hash);
    Bucket *bucket = buckets_.at(hash);
    for (;; bucket = buckets_.after(bucket)) {
      for (unsigned found = bucket->matches(tag); found != 0; found &= found - 1) {
        if (hash_.equal(point, points_ + std::size_t(bucket->vertex(found)) * 3)) return false;
      }
      if (!bucket->full()) break;
    }
    bucket->put(tag, number);
    return true;
  }

  const T *points_;
  PointHash<T> hash_;
  Buckets buckets_;
};

}  // namespace outfeed
