// On which side a point lies: of a plane, or of a line in a projection. Exact for all finite coordinates.
//
// First in doubles with a bound of the error (after Shewchuk, "Adaptive Precision Floating-Point Arithmetic and Fast Robust
// Geometric Predicates", 1997, and Devillers and Pion, "Efficient Exact Geometric Predicates for Delaunay Triangulations",
// 2003); where that does not tell the sign, in whole numbers.
#pragma once

#include <cmath>

#include "integers.hpp"

namespace outfeed {

struct Point {
  double x[3];
  double operator[](int axis) const { return x[axis]; }
  double &operator[](int axis) { return x[axis]; }
};

inline bool operator==(const Point &a, const Point &b) { return a[0] == b[0] && a[1] == b[1] && a[2] == b[2]; }

// Between these, no product of three differences overflows, or loses bits that count.
constexpr double kLeast = 1e-100, kMost = 1e+100, kMostError = 1e+280;

// A product of two differences has at most four roundings by 2^-53 each, one of three at most eight; and some more.
constexpr double kErrorOfTwo = 16 * 0x1p-53, kErrorOfThree = 64 * 0x1p-53;

// The plane through three points, and on which side of it others lie.
class Plane {
 public:
  explicit Plane(const Point (&points)[3]) : origin_(points[0]), first_(points[1]), second_(points[2]) {
    double u[3], v[3];
    for (int i = 0; i < 3; ++i) {
      u[i] = first_[i] - origin_[i];
      v[i] = second_[i] - origin_[i];
      reach_[i] = std::max(std::fabs(u[i]), std::fabs(v[i]));
    }
    for (int i = 0; i < 3; ++i) {
      const int k = (i + 1) % 3, l = (i + 2) % 3;
      normal_[i] = u[k] * v[l] - u[l] * v[k];
    }
    const double least = std::min({reach_[0], reach_[1], reach_[2]}), most = std::max({reach_[0], reach_[1], reach_[2]});
    usual_ = least > kLeast && most < kMost;
  }

  // As `side` says, where doubles are enough; else 0. Has no branches, so that many are asked for at once.
  int likely_side(const Point &p) const {
    const double x = p[0] - origin_[0], y = p[1] - origin_[1], z = p[2] - origin_[2];
    const double value = normal_[0] * x + normal_[1] * y + normal_[2] * z;
    const double error = kErrorOfThree * (std::max(reach_[0], std::fabs(x)) * std::max(reach_[1], std::fabs(y)) *
                                          std::max(reach_[2], std::fabs(z)));
    return (int(value > error) - int(value < -error)) * int(usual_ & (error < kMostError));
  }

  // 1 where the three points run clockwise as seen from this one, -1 where counter-clockwise, 0 where it is in the plane.
  int side(const Point &p, std::uint64_t &work) const {
    double d[3], reach[3];
    for (int i = 0; i < 3; ++i) {
      d[i] = p[i] - origin_[i];
      reach[i] = std::max(reach_[i], std::fabs(d[i]));
    }
    const double least = std::min({reach[0], reach[1], reach[2]}), most = std::max({reach[0], reach[1], reach[2]});
    if (least == 0) return 0;
    const double value = normal_[0] * d[0] + normal_[1] * d[1] + normal_[2] * d[2];
    const double error = kErrorOfThree * (reach[0] * reach[1] * reach[2]);
    if (least > kLeast && most < kMost && std::fabs(value) > error) return value > 0 ? 1 : -1;
    return exact_side(p, work);
  }

  // The axis along which the three points are best looked at; -1 where doubles do not tell that they are not on a line.
  int likely_axis() const {
    int axis = 0;
    for (int i = 1; i < 3; ++i)
      if (std::fabs(normal_[i]) > std::fabs(normal_[axis])) axis = i;
    const double error = kErrorOfTwo * (reach_[(axis + 1) % 3] * reach_[(axis + 2) % 3]);
    return usual_ && std::fabs(normal_[axis]) > error ? axis : -1;
  }

 private:
  int exact_side(const Point &p, std::uint64_t &work) const {
    const auto axis = [&](int i) {
      const double others[3] = {first_[i], second_[i], p[i]};
      return Differences(origin_[i], others, 3);
    };
    const Differences x = axis(0), y = axis(1), z = axis(2);
    work += std::max({x.cost(), y.cost(), z.cost()});
    return exact_sign(x, y, z);
  }

  Point origin_, first_, second_;
  double normal_[3], reach_[3];
  bool usual_ = false;
};

// 1 where the points run counter-clockwise in the projection that `axis` falls out of, -1 where clockwise, 0 on one line.
inline int turn(const Point &a, const Point &b, const Point &c, int axis, std::uint64_t &work) {
  const int i = (axis + 1) % 3, k = (axis + 2) % 3;
  const double ux = b[i] - a[i], uy = b[k] - a[k], vx = c[i] - a[i], vy = c[k] - a[k];
  const double reach_x = std::max(std::fabs(ux), std::fabs(vx)), reach_y = std::max(std::fabs(uy), std::fabs(vy));
  const double value = ux * vy - uy * vx;
  const double error = kErrorOfTwo * (reach_x * reach_y);
  const double least = std::min(reach_x, reach_y);
  if (least > kLeast && std::max(reach_x, reach_y) < kMost) {
    if (value > error) return 1;
    if (value < -error) return -1;
  }
  if (least == 0 || a == b || b == c || c == a) return 0;
  const double xs[2] = {b[i], c[i]}, ys[2] = {b[k], c[k]};
  const Differences x(a[i], xs, 2), y(a[k], ys, 2);
  work += std::max(x.cost(), y.cost());
  return exact_sign(x, y);
}

// An axis along which the points can be looked at without falling on a line; -1 where they are on one.
inline int visible_axis(const Point (&points)[3], const Plane &plane, std::uint64_t &work) {
  const int likely = plane.likely_axis();
  for (int axis = 0; likely < 0 && axis < 3; ++axis)
    if (turn(points[0], points[1], points[2], axis, work) != 0) return axis;
  return likely;
}

}  // namespace outfeed
