// A tree of boxes, the pairs of boxes that meet, and what is nearest to a point.
//
// Boxes in the order of a Morton curve of their centres; four neighbours make a group, and the box around a group is one of
// the four of a group above. All leaves are equally deep, and nothing points to anything: 32 bytes for each box in all.
#pragma once

#include <algorithm>
#include <cstring>

#include "morton.hpp"

namespace outfeed {

class BoxTree {
  static constexpr std::size_t kFan = 4;
  using Four = float __attribute__((vector_size(16)));
  using Yes = std::int32_t __attribute__((vector_size(16)));

  struct Group {
    Four low[3], high[3];
  };

  struct Visit {
    std::uint32_t level, a, b;
  };

 public:
  struct Box {
    float low[3], high[3];
  };

  // `box(i)` gives the boxes in order; their coordinates are finite.
  template <class BoxOf>
  BoxTree(std::size_t count, const BoxOf &box) {
    Group *groups = add_level(count);
    for (std::size_t i = 0; i < count; ++i) put(groups, i, box(i));
    while (sizes_[levels_ - 1] > 1) add_parents();
  }

  // Calls `meet(a, b)` for all pairs a < b of boxes that meet, until it returns false. `work` grows by one for each pair of
  // groups that is looked at; ends where it exceeds the budget. Returns whether it came to the end.
  template <class Meet>
  bool pairs(std::uint64_t &work, std::uint64_t budget, const Meet &meet) const {
    Visit stack[kMostVisits];
    std::size_t waiting = 0;
    stack[waiting++] = {std::uint32_t(levels_ - 1), 0, 0};
    while (waiting > 0) {
      const Visit now = stack[--waiting];
      if (++work > budget) return false;
      const Group &a = group(now.level, now.a), &b = group(now.level, now.b);
      std::uint32_t found = meeting(a, b);
      if (now.a == now.b) found &= now.level == 0 ? 0x08ce : 0x8cef;  // each pair once, and a group with itself
      for (; found != 0; found &= found - 1) {
        const std::uint32_t bit = std::uint32_t(__builtin_ctz(found));
        const std::uint32_t first = now.a * kFan + bit / kFan, second = now.b * kFan + bit % kFan;
        if (now.level > 0) {
          stack[waiting++] = {now.level - 1, first, second};
        } else if (!meet(first, second)) {
          return false;
        }
      }
    }
    return true;
  }

  // The least of `distance(i)` over all boxes i, as squares. `distance(i)` is not below that from the point to the box. Ends
  // after so many groups, or with the first that is at most `enough`, with the least that was found by then.
  template <class Distance>
  double nearest(const float (&point)[3], std::uint64_t budget, double enough, const Distance &distance) const {
    struct Near {
      float gap;
      std::uint32_t level, group;
    };
    Near stack[kMostVisits];
    std::size_t waiting = 0;
    double best = std::numeric_limits<double>::infinity();
    stack[waiting++] = {0, std::uint32_t(levels_ - 1), 0};
    while (waiting > 0 && budget-- > 0 && best > enough) {
      const Near now = stack[--waiting];
      if (double(now.gap) >= best) continue;
      const Four gaps = gaps_of(group(now.level, now.group), point);
      std::uint32_t order[kFan] = {0, 1, 2, 3};
      std::sort(order, order + kFan, [&gaps](std::uint32_t a, std::uint32_t b) { return gaps[a] < gaps[b]; });
      for (std::uint32_t i = 0; i < kFan; ++i) {
        // The nearest box is looked at first: now, or as the last on the stack.
        const std::uint32_t which = order[now.level == 0 ? i : kFan - 1 - i], child = now.group * kFan + which;
        if (!(double(gaps[which]) < best)) continue;
        if (now.level > 0) {
          stack[waiting++] = {gaps[which], now.level - 1, child};
        } else {
          best = std::min(best, distance(child));
        }
      }
    }
    return best;
  }

 private:
  // Squares of the distances of a point from the boxes of a group; infinite for empty ones.
  static Four gaps_of(const Group &group, const float (&point)[3]) {
    Four sum = {0, 0, 0, 0};
    for (int axis = 0; axis < 3; ++axis) {
      const Four at = {point[axis], point[axis], point[axis], point[axis]};
      const Four below = group.low[axis] - at, above = at - group.high[axis];
      const Four most = below > above ? below : above;
      const Four gap = most > 0 ? most : Four{0, 0, 0, 0};
      sum += gap * gap;
    }
    return sum;
  }

  static constexpr std::size_t kMostLevels = 16;  // 4^16 boxes are more than 32 bits count
  static constexpr std::size_t kMostVisits = kMostLevels * kFan * kFan;

  const Group &group(std::size_t level, std::size_t i) const { return groups_[starts_[level] + i]; }

  // Adds groups of empty boxes, which meet nothing.
  Group *add_level(std::size_t boxes) {
    starts_[levels_] = groups_.size();
    sizes_[levels_] = std::max<std::size_t>((boxes + kFan - 1) / kFan, 1);
    Group *groups = groups_.extend(sizes_[levels_]);
    const float most = std::numeric_limits<float>::infinity();
    for (std::size_t i = 0; i < sizes_[levels_]; ++i) {
      for (int axis = 0; axis < 3; ++axis) {
        groups[i].low[axis] = Four{most, most, most, most};
        groups[i].high[axis] = -groups[i].low[axis];
      }
    }
    ++levels_;
    return groups;
  }

  static void put(Group *groups, std::size_t i, const Box &box) {
    Group &group = groups[i / kFan];
    for (int axis = 0; axis < 3; ++axis) {
      group.low[axis][i % kFan] = box.low[axis];
      group.high[axis][i % kFan] = box.high[axis];
    }
  }

  void add_parents() {
    const std::size_t children = levels_ - 1;
    Group *parents = add_level(sizes_[children]);
    for (std::size_t i = 0; i < sizes_[children]; ++i) put(parents, i, around(group(children, i)));
  }

  static Box around(const Group &group) {
    Box box;
    for (int axis = 0; axis < 3; ++axis) {
      const Four low = group.low[axis], high = group.high[axis];
      box.low[axis] = std::min({low[0], low[1], low[2], low[3]});
      box.high[axis] = std::max({high[0], high[1], high[2], high[3]});
    }
    return box;
  }

  // Bit 4 * i + k where box i of `a` meets box k of `b`.
  static std::uint32_t meeting(const Group &a, const Group &b) {
    std::uint32_t found = 0;
    for (std::uint32_t i = 0; i < kFan; ++i) {
      Yes yes = {1, 2, 4, 8};
      for (int axis = 0; axis < 3; ++axis) {
        const float low = a.low[axis][i], high = a.high[axis][i];
        yes &= (b.low[axis] <= Four{high, high, high, high}) & (b.high[axis] >= Four{low, low, low, low});
      }
      std::uint64_t halves[2];
      std::memcpy(halves, &yes, sizeof(yes));
      const std::uint64_t both = halves[0] | halves[1];
      found |= std::uint32_t((both | both >> 32) & 15) << kFan * i;
    }
    return found;
  }

  Block<Group> groups_;
  std::size_t starts_[kMostLevels + 1], sizes_[kMostLevels + 1];
  std::size_t levels_ = 0;
};

}  // namespace outfeed
