// The pairs of faces of a mesh that cross.
#pragma once

#include "boxes.hpp"
#include "triangles.hpp"

namespace outfeed {

// Keeps the least pairs of all that are added, and how many were.
class LeastPairs {
 public:
  explicit LeastPairs(std::size_t most) : most_(most) {}

  void add(std::int32_t a, std::int32_t b) {
    ++count_;
    const auto [low, high] = std::minmax(a, b);
    pairs_.push(std::uint64_t(low) << 32 | std::uint64_t(high));
    // Half of what is held is thrown away at a time, so that a pair costs the same for any number.
    if (pairs_.size() / 2 > most_) throw_away();
  }

  std::uint64_t count() const { return count_; }

  // The pairs in order, as two numbers each.
  void write(Block<std::int32_t> &out) {
    throw_away();
    std::sort(pairs_.data(), pairs_.data() + pairs_.size());
    std::int32_t *numbers = out.extend(2 * pairs_.size());
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
      numbers[2 * i] = std::int32_t(pairs_[i] >> 32);
      numbers[2 * i + 1] = std::int32_t(pairs_[i] & 0xffffffff);
    }
  }

 private:
  void throw_away() {
    if (pairs_.size() <= most_) return;
    std::nth_element(pairs_.data(), pairs_.data() + most_, pairs_.data() + pairs_.size());
    pairs_.shrink(most_);
  }

  Block<std::uint64_t> pairs_;
  std::size_t most_;
  std::uint64_t count_ = 0;
};

template <class T>
class SelfIntersections {
  struct Corners {
    std::int32_t of[3];
  };

 public:
  // Work is counted in tests of boxes and triangles; exact arithmetic counts for more than one. Many times what a mesh
  // needs whose faces meet only their neighbours.
  static constexpr std::uint64_t kBudgetPerFace = 64, kBudget = 50'000'000;

  SelfIntersections(const T *vertices, std::size_t count, const std::int32_t *faces, std::size_t faces_count,
                    std::size_t most, std::uint64_t budget = kBudget)
      : vertices_(vertices), found_(most), budget_(kBudgetPerFace * faces_count + budget) {
    place(count);
    take_faces(faces, faces_count, count);
    const BoxTree tree(faces_.size(), [&](std::size_t i) { return box_of(faces_[i]); });
    std::free(places_.release());
    search(tree);
  }

  bool complete() const { return complete_; }
  LeastPairs &found() { return found_; }

 private:
  // Places keep the order of coordinates, so boxes that meet still do, whatever was rounded.
  void place(std::size_t count) {
    const UnitCube cube(vertices_, count);
    float *places = places_.extend(3 * count);
    for (std::size_t v = 0; v < count; ++v)
      for (int axis = 0; axis < 3; ++axis) places[3 * v + axis] = float(cube.place(double(vertices_[3 * v + axis]), axis));
  }

  // The faces that have area, in the order of a Morton curve.
  void take_faces(const std::int32_t *faces, std::size_t faces_count, std::size_t vertices) {
    Block<std::uint64_t> codes;
    codes.reserve(faces_count);
    order_.reserve(faces_count);
    for (std::size_t f = 0; f < faces_count; ++f) {
      const Corners corners = {{faces[3 * f], faces[3 * f + 1], faces[3 * f + 2]}};
      for (const std::int32_t corner : corners.of)
        if (corner < 0 || std::size_t(corner) >= vertices) throw std::invalid_argument("a corner that is not there");
      if (!has_area(corners)) continue;
      order_.push(std::int32_t(f));
      codes.push(code_of(corners));
    }
    RadixSort::sort(codes, order_);
    Corners *sorted = faces_.extend(order_.size());
    for (std::size_t i = 0; i < order_.size(); ++i) std::copy_n(faces + 3 * std::size_t(order_[i]), 3, sorted[i].of);
  }

  void search(const BoxTree &tree) {
    std::uint32_t loaded = std::numeric_limits<std::uint32_t>::max();
    Triangle first{};
    Plane plane{first.points};
    complete_ = tree.pairs(work_, budget_, [&](std::uint32_t a, std::uint32_t b) {
      if (a != loaded) {
        first = triangle(faces_[a]);
        plane = Plane(first.points);
        loaded = a;
      }
      if (cross(first, plane, triangle(faces_[b]), ++work_)) found_.add(order_[a], order_[b]);
      return work_ <= budget_;
    });
  }

  Triangle triangle(const Corners &face) const {
    Triangle triangle;
    for (int i = 0; i < 3; ++i) {
      triangle.numbers[i] = face.of[i];
      for (int axis = 0; axis < 3; ++axis)
        triangle.points[i][axis] = double(vertices_[3 * std::size_t(face.of[i]) + std::size_t(axis)]);
    }
    return triangle;
  }

  bool has_area(const Corners &face) const {
    const Triangle corners = triangle(face);
    std::uint64_t not_counted = 0;
    return visible_axis(corners.points, Plane(corners.points), not_counted) >= 0;
  }

  BoxTree::Box box_of(const Corners &face) const {
    const float *a = places_.data() + 3 * std::size_t(face.of[0]), *b = places_.data() + 3 * std::size_t(face.of[1]),
                *c = places_.data() + 3 * std::size_t(face.of[2]);
    BoxTree::Box box;
    for (int axis = 0; axis < 3; ++axis) {
      box.low[axis] = std::min({a[axis], b[axis], c[axis]});
      box.high[axis] = std::max({a[axis], b[axis], c[axis]});
    }
    return box;
  }

  std::uint64_t code_of(const Corners &face) const {
    const BoxTree::Box box = box_of(face);
    double middle[3];
    for (int axis = 0; axis < 3; ++axis) middle[axis] = (double(box.low[axis]) + double(box.high[axis])) / 2;
    return morton_code(middle);
  }

  const T *vertices_;
  Block<float> places_;
  Block<std::int32_t> order_;
  Block<Corners> faces_;
  LeastPairs found_;
  std::uint64_t work_ = 0, budget_;
  bool complete_ = true;
};

}  // namespace outfeed
