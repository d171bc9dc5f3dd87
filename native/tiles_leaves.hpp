// The leaves of a tree of tiles: units (triangles, or whole elements) are halved by weight, again and again.
//
// A k-d tree: each half is cut across the longest side of the box around its units' keys, so that both sides weigh about
// the same. Ties go by the number of the unit, so that the leaves depend on nothing else.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <stdexcept>

#include "block.hpp"

namespace outfeed {

// The units of one weight: the middle of the weight is that of the number, so that each halving goes over them twice. They
// are moved between two tables.
class EvenHalving {
 public:
  struct Unit {
    std::int32_t key[3];
    std::int32_t number;
  };

  // `units` and `spare` have room for all; both are changed. `leaves`: as for `Halving`.
  EvenHalving(Unit *units, Unit *spare, std::size_t count, int depth, std::int32_t *leaves) : leaves_(leaves) {
    halve(units, spare, count, depth, 0);
  }

 private:
  static constexpr int kBits = 11;
  static constexpr std::size_t kDigits = std::size_t(1) << kBits;

  void halve(Unit *units, Unit *spare, std::size_t count, int depth, std::int32_t leaf) {
    if (depth == 0 || count <= 1) {
      for (std::size_t i = 0; i < count; ++i) leaves_[units[i].number] = leaf << depth;
      return;
    }
    const std::size_t half = count / 2;
    part(units, spare, count, half);
    halve(spare, units, half, depth - 1, leaf << 1);
    halve(spare + half, units + half, count - half, depth - 1, leaf << 1 | 1);
  }

  // Copies the units, so that the first `half` of the order come first: by the highest bits of the key, and where these
  // are those of the middle, sorted further.
  void part(const Unit *units, Unit *out, std::size_t count, std::size_t half) {
    find_side(units, count);
    std::fill(counts_, counts_ + kDigits, 0);
    for (std::size_t i = 0; i < count; ++i) ++counts_[digit(units[i])];
    std::uint32_t middle = 0;
    std::size_t before = 0;
    while (before + counts_[middle] <= half) before += counts_[middle++];
    std::size_t first = 0, last = count;
    between_.shrink(0);
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t at = digit(units[i]);
      if (at == middle) {
        between_.push(units[i]);
      } else {
        out[at < middle ? first : last - 1] = units[i];
        first += at < middle;
        last -= at > middle;
      }
    }
    const int side = side_;
    std::nth_element(between_.data(), between_.data() + (half - before), between_.data() + between_.size(),
                     [side](const Unit &a, const Unit &b) {
                       return a.key[side] != b.key[side] ? a.key[side] < b.key[side] : a.number < b.number;
                     });
    std::copy(between_.data(), between_.data() + between_.size(), out + first);
  }

  // The longest side of the box around the keys, and which bits of the distance from its begin are looked at.
  void find_side(const Unit *units, std::size_t count) {
    std::int32_t low[3], high[3];
    std::copy(units->key, units->key + 3, low);
    std::copy(units->key, units->key + 3, high);
    for (std::size_t i = 1; i < count; ++i) {
      for (int k = 0; k < 3; ++k) {
        low[k] = std::min(low[k], units[i].key[k]);
        high[k] = std::max(high[k], units[i].key[k]);
      }
    }
    side_ = 0;
    for (int k = 1; k < 3; ++k)
      if (std::int64_t(high[k]) - low[k] > std::int64_t(high[side_]) - low[side_]) side_ = k;
    low_ = low[side_];
    const std::uint32_t width = std::uint32_t(high[side_]) - std::uint32_t(low_);
    shift_ = 0;
    while (width >> shift_ >= kDigits) ++shift_;
  }

  std::uint32_t digit(const Unit &unit) const {
    return (std::uint32_t(unit.key[side_]) - std::uint32_t(low_)) >> shift_;
  }

  std::int32_t *leaves_;
  Block<Unit> between_;
  std::uint32_t counts_[kDigits];
  int side_ = 0, shift_ = 0;
  std::int32_t low_ = 0;
};

class Halving {
 public:
  static constexpr int kDeepest = 20;

  // keys: 3 for each of `count` units; leaves: numbered from 0, in the order of the tree, 2^depth at most.
  Halving(const std::int32_t *keys, const std::int32_t *weights, std::size_t count, int depth, std::int32_t *leaves)
      : leaves_(leaves) {
    if (depth < 0 || depth > kDeepest) throw std::invalid_argument("a depth that no tree of tiles has");
    if (count > std::size_t(std::numeric_limits<std::int32_t>::max())) throw std::length_error("too many units");
    if (std::all_of(weights, weights + count, [](std::int32_t weight) { return weight == 1; })) {
      halve_evenly(keys, count, depth);
      return;
    }
    Block<Unit> block;
    block.reserve(count);
    Unit *units = block.extend(count);
    for (std::size_t i = 0; i < count; ++i) {
      if (weights[i] < 0) throw std::invalid_argument("a weight below 0");
      units[i] = {{keys[3 * i], keys[3 * i + 1], keys[3 * i + 2]}, weights[i], std::int32_t(i)};
    }
    halve(units, units + count, depth, 0);
  }

 private:
  struct Unit {
    std::int32_t key[3];
    std::int32_t weight;
    std::int32_t number;
  };

  void halve_evenly(const std::int32_t *keys, std::size_t count, int depth) {
    Block<EvenHalving::Unit> block, spare;
    block.reserve(count);
    spare.reserve(count);
    EvenHalving::Unit *units = block.extend(count);
    for (std::size_t i = 0; i < count; ++i)
      units[i] = {{keys[3 * i], keys[3 * i + 1], keys[3 * i + 2]}, std::int32_t(i)};
    EvenHalving(units, spare.extend(count), count, depth, leaves_);
  }

  void halve(Unit *begin, Unit *end, int depth, std::int32_t leaf) {
    if (depth == 0 || end - begin <= 1) {
      for (Unit *unit = begin; unit != end; ++unit) leaves_[unit->number] = leaf << depth;
      return;
    }
    Unit *middle = middle_of(begin, end, longest_side(begin, end));
    halve(begin, middle, depth - 1, leaf << 1);
    halve(middle, end, depth - 1, leaf << 1 | 1);
  }

  static int longest_side(const Unit *begin, const Unit *end) {
    std::int64_t low[3], high[3];
    for (int i = 0; i < 3; ++i) low[i] = high[i] = begin->key[i];
    for (const Unit *unit = begin; unit != end; ++unit) {
      for (int i = 0; i < 3; ++i) {
        low[i] = std::min<std::int64_t>(low[i], unit->key[i]);
        high[i] = std::max<std::int64_t>(high[i], unit->key[i]);
      }
    }
    int longest = 0;
    for (int i = 1; i < 3; ++i)
      if (high[i] - low[i] > high[longest] - low[longest]) longest = i;
    return longest;
  }

  // Sorts the units only so far that those before the result come first, with at least one on each side: in each step
  // the half that holds the middle of the weight is looked at further.
  static Unit *middle_of(Unit *begin, Unit *end, int side) {
    const auto before = [side](const Unit &a, const Unit &b) {
      return a.key[side] != b.key[side] ? a.key[side] < b.key[side] : a.number < b.number;
    };
    const std::int64_t all = weight_of(begin, end);
    std::int64_t left = 0;
    Unit *first = begin, *last = end;
    while (last - first > 1) {
      Unit *half = first + (last - first) / 2;
      std::nth_element(first, half, last, before);
      const std::int64_t more = weight_of(first, half);
      if (2 * (left + more) >= all) {
        last = half;
      } else {
        left += more;
        first = half;
      }
    }
    // The unit that the middle falls into goes to the side where it makes the smaller difference.
    Unit *middle = first == begin || 2 * left + first->weight < all ? first + 1 : first;
    return middle == end ? end - 1 : middle;
  }

  static std::int64_t weight_of(const Unit *begin, const Unit *end) {
    std::int64_t sum = 0;
    for (const Unit *unit = begin; unit != end; ++unit) sum += unit->weight;
    return sum;
  }

  std::int32_t *leaves_;
};

// The sum of the corners of each face, in places of points between -2^28 and 2^28.
inline void corner_sums(const std::int32_t *points, std::size_t vertices, const std::int32_t *faces, std::size_t count,
                        std::int32_t *sums) {
  constexpr std::int32_t kFarthest = 1 << 28;
  for (std::size_t i = 0; i < 3 * vertices; ++i)
    if (points[i] > kFarthest || points[i] < -kFarthest) throw std::invalid_argument("a point that is off the grid");
  for (std::size_t f = 0; f < count; ++f) {
    std::int32_t sum[3] = {0, 0, 0};
    for (int c = 0; c < 3; ++c) {
      const std::uint32_t vertex = std::uint32_t(faces[3 * f + c]);
      if (vertex >= vertices) throw std::invalid_argument("a vertex that is not there");
      for (int i = 0; i < 3; ++i) sum[i] += points[3 * std::size_t(vertex) + i];
    }
    std::copy(sum, sum + 3, sums + 3 * f);
  }
}

}  // namespace outfeed
