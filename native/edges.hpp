// Which faces meet at each edge.
//
// Side 3 * f + c of face f runs from its corner c to the next one. Sides are sorted into buckets by their lower vertex,
// and within a bucket by the other: a counting sort, so nothing depends on a hash, and a vertex with a million faces
// costs n log n. A face that has a vertex twice is collapsed: it has no sides here, and the faces beside it meet as if it
// were not there.
#pragma once

#include <algorithm>
#include <cstdint>
#include <stdexcept>

#include "block.hpp"

namespace outfeed {

constexpr std::int32_t kOpen = -1, kCrowded = -2, kCollapsed = -3;

inline std::int32_t next_in_face(std::int32_t side) { return side % 3 == 2 ? side - 2 : side + 1; }
inline std::int32_t previous_in_face(std::int32_t side) { return side % 3 == 0 ? side + 2 : side - 1; }

struct Faces {
  const std::int32_t *corners;
  std::size_t count, vertices;

  std::size_t sides() const { return 3 * count; }
  std::int32_t from(std::int32_t side) const { return corners[side]; }
  std::int32_t to(std::int32_t side) const { return corners[next_in_face(side)]; }
  std::int32_t apart(std::int32_t side) const { return corners[previous_in_face(side)]; }
  bool collapsed(std::size_t face) const {
    const std::int32_t *c = corners + 3 * face;
    return c[0] == c[1] || c[1] == c[2] || c[2] == c[0];
  }

  void check() const {
    constexpr std::size_t kMost = std::numeric_limits<std::int32_t>::max();
    if (count > kMost / 3 || vertices > kMost) throw std::length_error("too many corners for 32-bit indices");
    for (std::size_t i = 0; i < sides(); ++i)
      if (std::uint32_t(corners[i]) >= vertices) throw std::invalid_argument("a corner of a vertex that is not there");
  }
};

class Edges {
  // The higher vertex, then the side, then whether it runs downwards: keys of a bucket, no two of them equal.
  using Key = std::uint64_t;
  static constexpr std::ptrdiff_t kShort = 24;  // what an insertion sort is faster for

 public:
  explicit Edges(const Faces &faces) : faces_(faces) {
    std::fill_n(across.extend(faces.sides()), faces.sides(), kCollapsed);
    sort_into_buckets();
    crowded_starts.push(0);
    std::uint32_t first = 0;
    for (std::size_t v = 0; v < faces.vertices; ++v) {
      const std::uint32_t last = ends_[v];
      if (first != last) read_bucket(keys_.data() + first, keys_.data() + last, std::int32_t(v));
      first = last;
    }
    std::sort(duplicates.data(), duplicates.data() + duplicates.size());
    keys_.clear();
    ends_.clear();
  }

  std::size_t count = 0;
  Block<std::int32_t> across;          // for each side, the one other side of its edge; or kOpen, kCrowded, kCollapsed
  Block<std::int32_t> open;            // sides that are alone at their edge
  Block<std::int32_t> inconsistent;    // the first of two sides that run the same way
  Block<std::int32_t> crowded;         // the sides of edges with more than two, edge by edge
  Block<std::int32_t> crowded_starts;  // where each of these edges begins in `crowded`, and its size
  Block<std::int32_t> duplicates;      // faces with the three vertices of an earlier one

 private:
  template <class Use>
  void each_side(Use use) const {
    for (std::size_t f = 0; f < faces_.count; ++f) {
      const std::int32_t *c = faces_.corners + 3 * f;
      if (faces_.collapsed(f)) continue;
      const auto side = std::int32_t(3 * f);
      use(c[0], c[1], side);
      use(c[1], c[2], side + 1);
      use(c[2], c[0], side + 2);
    }
  }

  void sort_into_buckets() {
    std::uint32_t *ends = ends_.extend(faces_.vertices);
    std::fill_n(ends, faces_.vertices, 0);
    each_side([&](std::int32_t a, std::int32_t b, std::int32_t) { ++ends[std::min(a, b)]; });
    std::uint32_t total = 0;
    for (std::size_t v = 0; v < faces_.vertices; ++v) {
      const std::uint32_t here = ends[v];
      ends[v] = total;
      total += here;
    }
    Key *keys = keys_.extend(total);
    each_side([&](std::int32_t a, std::int32_t b, std::int32_t side) {
      keys[ends[std::min(a, b)]++] = Key(std::max(a, b)) << 32 | std::uint32_t(side) << 1 | std::uint32_t(a > b);
    });
  }

  static std::int32_t side_of(Key key) { return std::int32_t(std::uint32_t(key) >> 1); }

  static void sort(Key *first, Key *last) {
    if (last - first > kShort) return std::sort(first, last);
    for (Key *at = first + 1; at < last; ++at) {
      const Key key = *at;
      Key *to = at;
      for (; to > first && to[-1] > key; --to) *to = to[-1];
      *to = key;
    }
  }

  void read_bucket(Key *first, Key *last, std::int32_t low) {
    sort(first, last);
    while (first != last) {
      const Key *edge = first;
      const Key high = *edge >> 32;
      while (first != last && *first >> 32 == high) ++first;
      ++count;
      if (first - edge == 1) {
        across[side_of(*edge)] = kOpen;
        open.push(side_of(*edge));
      } else if (first - edge == 2) {
        add_pair(edge[0], edge[1], low, std::int32_t(high));
      } else {
        add_crowd(edge, first, low, std::int32_t(high));
      }
    }
  }

  void add_pair(Key one, Key two, std::int32_t low, std::int32_t high) {
    const std::int32_t a = side_of(one), b = side_of(two);
    across[a] = b;
    across[b] = a;
    if ((one & 1) == (two & 1)) inconsistent.push(a);
    // Each face is looked at once: at the edge of its two lowest vertices.
    const std::int32_t third = faces_.apart(a);
    if (third > std::max(low, high) && third == faces_.apart(b)) duplicates.push(b / 3);
  }

  void add_crowd(const Key *first, const Key *last, std::int32_t low, std::int32_t high) {
    thirds_.shrink(0);
    for (const Key *key = first; key != last; ++key) {
      const std::int32_t side = side_of(*key), third = faces_.apart(side);
      across[side] = kCrowded;
      crowded.push(side);
      if (third > std::max(low, high)) thirds_.push(Key(third) << 32 | std::uint32_t(side));
    }
    crowded_starts.push(std::int32_t(crowded.size()));
    std::sort(thirds_.data(), thirds_.data() + thirds_.size());
    for (std::size_t i = 1; i < thirds_.size(); ++i)
      if (thirds_[i] >> 32 == thirds_[i - 1] >> 32) duplicates.push(std::int32_t(std::uint32_t(thirds_[i])) / 3);
  }

  Faces faces_;
  Block<std::uint32_t> ends_;  // of the bucket of each vertex in `keys_`
  Block<Key> keys_, thirds_;
};

}  // namespace outfeed
