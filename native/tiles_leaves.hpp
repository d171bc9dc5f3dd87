// The leaves of a tree of tiles: units (triangles, or whole elements) are halved by weight, again and again.
//
// A k-d tree: each half is cut across the longest side of the box around its units' keys, so that both sides weigh about
// the same. Ties go by the number of the unit, so that the leaves depend on nothing else.
#pragma once

#include <algorithm>
#include <cstdint>
#include <stdexcept>

#include "block.hpp"

namespace outfeed {

class Halving {
 public:
  static constexpr int kDeepest = 20;

  // keys: 3 for each of `count` units; leaves: numbered from 0, in the order of the tree, 2^depth at most.
  Halving(const std::int32_t *keys, const std::int32_t *weights, std::size_t count, int depth, std::int32_t *leaves)
      : leaves_(leaves) {
    if (depth < 0 || depth > kDeepest) throw std::invalid_argument("a depth that no tree of tiles has");
    if (count > std::size_t(std::numeric_limits<std::int32_t>::max())) throw std::length_error("too many units");
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
