// How far points are from a surface.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>

#include "boxes.hpp"

namespace outfeed {

struct Place {
  double x, y, z;

  Place operator-(const Place &other) const { return {x - other.x, y - other.y, z - other.z}; }
  Place operator+(const Place &other) const { return {x + other.x, y + other.y, z + other.z}; }
  Place operator*(double factor) const { return {x * factor, y * factor, z * factor}; }
  double dot(const Place &other) const { return x * other.x + y * other.y + z * other.z; }
  Place cross(const Place &other) const {
    return {y * other.z - z * other.y, z * other.x - x * other.z, x * other.y - y * other.x};
  }
};

inline double square_to_segment(const Place &point, const Place &a, const Place &b) {
  const Place side = b - a;
  const double length = side.dot(side);
  const double along = length > 0 ? std::min(std::max((point - a).dot(side) / length, 0.0), 1.0) : 0.0;
  const Place gap = point - (a + side * along);
  return gap.dot(gap);
}

// The square of the distance of a point from a triangle: from its plane where it is above or below it, else from its rim.
inline double square_to_triangle(const Place &point, const Place &a, const Place &b, const Place &c) {
  const Place normal = (b - a).cross(c - a);
  const double size = normal.dot(normal);
  if (size > 0 && (b - a).cross(point - a).dot(normal) >= 0 && (c - b).cross(point - b).dot(normal) >= 0 &&
      (a - c).cross(point - c).dot(normal) >= 0) {
    const double height = (point - a).dot(normal);
    return height * height / size;
  }
  return std::min({square_to_segment(point, a, b), square_to_segment(point, b, c), square_to_segment(point, c, a)});
}

// Triangles of whole numbers that single precision holds.
class Surface {
  static constexpr std::int32_t kFarthest = 1 << 24;
  // Groups of boxes that are looked at for a point, which is far more than any but a hostile surface needs.
  static constexpr std::uint64_t kBudget = 20'000;

 public:
  Surface(const std::int32_t *vertices, std::size_t count, const std::int32_t *faces, std::size_t face_count)
      : vertices_(vertices), faces_(faces), count_(count), face_count_(face_count) {
    if (face_count == 0) throw std::invalid_argument("a surface without triangles");
    if (face_count > std::size_t(std::numeric_limits<std::int32_t>::max())) throw std::length_error("too many faces");
    for (std::size_t i = 0; i < 3 * count; ++i)
      if (vertices[i] > kFarthest || vertices[i] < -kFarthest) throw std::invalid_argument("a point that is off the grid");
    for (std::size_t c = 0; c < 3 * face_count; ++c)
      if (std::uint32_t(faces[c]) >= count) throw std::invalid_argument("a vertex that is not there");
  }

  // Makes it quick to find what is near; needed before `farthest`.
  void sort() {
    Block<float> middles;
    float *middle = middles.extend(3 * face_count_);
    for (std::size_t f = 0; f < face_count_; ++f) {
      const Place sum = place(f, 0) + place(f, 1) + place(f, 2);
      middle[3 * f] = float(sum.x);
      middle[3 * f + 1] = float(sum.y);
      middle[3 * f + 2] = float(sum.z);
    }
    morton_order(middles.data(), face_count_, order_);
    tree_.emplace(face_count_, [this](std::size_t i) { return box_of(i); });
  }

  // The largest distance of some points of another surface, or `least` where that is more: about so many of its vertices, and
  // as many inside its faces. The longer a face, the more of them, however narrow it is: between the ends of its sides is
  // where a coarser surface with the same vertices is farthest. The same surface always gives the same points.
  double farthest(const Surface &other, std::size_t samples, double least) const {
    double worst = least * least;
    const std::size_t step = std::max<std::size_t>(other.count_ / std::max<std::size_t>(samples, 1), 1);
    for (std::size_t v = 0; v < other.count_; v += step) worst = std::max(worst, square(other.vertex(v), worst));
    Block<double> squares;
    const double all = other.measure(squares);
    double reached = 0;
    std::size_t taken = 0;
    for (std::size_t f = 0; f < other.face_count_; ++f) {
      reached += squares[f];
      for (; taken < samples && all * (double(taken) + 0.5) < reached * double(samples); ++taken)
        worst = std::max(worst, square(other.inside(f, taken), worst));
    }
    return worst > least * least ? std::sqrt(worst) : least;
  }

 private:
  std::int32_t coordinate(std::int32_t vertex, int axis) const { return vertices_[3 * std::size_t(vertex) + axis]; }

  Place vertex(std::size_t v) const {
    const std::int32_t *at = vertices_ + 3 * v;
    return {double(at[0]), double(at[1]), double(at[2])};
  }

  Place place(std::size_t face, int c) const { return vertex(std::size_t(faces_[3 * face + c])); }

  // The square of each face's longest side; returns the sum.
  double measure(Block<double> &squares) const {
    double *out = squares.extend(face_count_), sum = 0;
    for (std::size_t f = 0; f < face_count_; ++f) {
      const Place a = place(f, 0), b = place(f, 1), c = place(f, 2);
      sum += out[f] = std::max({(b - a).dot(b - a), (c - b).dot(c - b), (a - c).dot(a - c)});
    }
    return sum;
  }

  // A point inside a face: the n-th of a sequence that covers a square evenly (Roberts' R2), folded into the triangle.
  Place inside(std::size_t face, std::size_t n) const {
    double u = std::fmod(0.7548776662466927 * double(n + 1), 1.0), v = std::fmod(0.5698402909980532 * double(n + 1), 1.0);
    if (u + v > 1) {
      u = 1 - u;
      v = 1 - v;
    }
    const Place a = place(face, 0);
    return a + (place(face, 1) - a) * u + (place(face, 2) - a) * v;
  }

  // The square of the distance of a point from this surface; where that is at most `enough`, something between the two.
  double square(const Place &point, double enough) const {
    const float at[3] = {float(point.x), float(point.y), float(point.z)};
    return tree_->nearest(at, kBudget, enough, [&](std::uint32_t i) {
      const std::size_t face = std::size_t(order_[i]);
      return square_to_triangle(point, place(face, 0), place(face, 1), place(face, 2));
    });
  }

  BoxTree::Box box_of(std::size_t i) const {
    BoxTree::Box box;
    for (int axis = 0; axis < 3; ++axis) {
      const std::int32_t *corners = faces_ + 3 * std::size_t(order_[i]);
      const std::int32_t a = coordinate(corners[0], axis), b = coordinate(corners[1], axis),
                         c = coordinate(corners[2], axis);
      box.low[axis] = float(std::min({a, b, c}));
      box.high[axis] = float(std::max({a, b, c}));
    }
    return box;
  }

  const std::int32_t *vertices_, *faces_;
  std::size_t count_, face_count_;
  Block<std::int32_t> order_;
  std::optional<BoxTree> tree_;
};

}  // namespace outfeed
