// Whether points are all different, told without a table of them: most meshes that are welded again need no welding.
//
// Each point sets a bit in a table, at its hash; those whose bit another one set as well are few, and are welded to see
// (the idea of B. H. Bloom, Space/time trade-offs in hash coding with allowable errors, 1970).
#pragma once

#include "weld.hpp"

namespace outfeed {

template <class T>
class Distinct {
  using Point = typename PointHash<T>::Point;
  static constexpr std::size_t kBatch = 64;
  static constexpr std::size_t kBitsEach = 12;

 public:
  // Tells whether no two of `count` points (x, y, z) are equal, and none has a -0.0, which welding would change.
  static bool of(const T *points, std::size_t count) {
    Distinct look(points, count);
    for (std::size_t i = 0; i < count; i += kBatch) {
      if (!look.mark(i, std::min(kBatch, count - i))) return false;
    }
    Welder<T> suspects(count / 8, count / 8);
    for (std::size_t i = 0; i < count; ++i) {
      if (look.is_suspect(i)) suspects.add(reinterpret_cast<const unsigned char *>(points + 3 * i), 1, 1, 0);
      if (suspects.vertices() != suspects.corners()) return false;
    }
    return true;
  }

 private:
  Distinct(const T *points, std::size_t count) : points_(points), places_(count * kBitsEach + 64) {
    const std::size_t words = places_ / 64 + 1;
    for (auto *bits : {&once_, &twice_}) {
      bits->reserve(words);
      std::fill_n(bits->extend(words), words, std::uint64_t(0));
    }
  }

  bool mark(std::size_t first, std::size_t n) {
    std::size_t places[kBatch];
    bool plain = true;
    for (std::size_t i = 0; i < n; ++i) {
      Point point;
      hash_.load(points_ + 3 * (first + i), point);
      plain &= hash_.equal(point, points_ + 3 * (first + i));
      places[i] = hash_.place(hash_(point), places_);
      __builtin_prefetch(once_.data() + places[i] / 64, 1);
    }
    for (std::size_t i = 0; i < n; ++i) {
      const std::uint64_t bit = std::uint64_t(1) << places[i] % 64;
      std::uint64_t &word = once_[places[i] / 64];
      if ((word & bit) != 0) twice_[places[i] / 64] |= bit;
      word |= bit;
    }
    return plain;
  }

  bool is_suspect(std::size_t i) const {
    Point point;
    hash_.load(points_ + 3 * i, point);
    const std::size_t place = hash_.place(hash_(point), places_);
    return (twice_[place / 64] >> place % 64 & 1) != 0;
  }

  const T *points_;
  std::size_t places_;
  PointHash<T> hash_;
  Block<std::uint64_t> once_, twice_;
};

}  // namespace outfeed
