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

// Between these, no product of three differences overflows or loses bits that count.
constexpr double kLeast = 1e-100, kMost = 1e+100;

// The side of a plane through three corners, for many points.
class Plane {
 public:
  Plane() = default;
  Plane(const Point &a, const Point &b, const Point &c) : corners_{a, b, c} {
    double u[3], v[3];
    for (int i = 0; i < 3; ++i) {
      u[i] = b[i] - a[i];
      v[i] = c[i] - a[i];
      reach_[i] = std::max(std::fabs(u[i]), std::fabs(v[i]));
    }
    for (int i = 0; i < 3; ++i) {
      const int k = (i + 1) % 3, l = (i + 2) % 3;
      normal_[i] = u[k] * v[l] - u[l] * v[k];
    }
  }

  // 1 where a, b, c run counter-clockwise as seen from the point, -1 where clockwise, 0 in the plane.
  int side(const Point &p, std::uint64_t &work) const {
    const Point &a = corners_[0];
    const double x = p[0] - a[0], y = p[1] - a[1], z = p[2] - a[2];
    const double reach_x = std::max(reach_[0], std::fabs(x)), reach_y = std::max(reach_[1], std::fabs(y)),
                 reach_z = std::max(reach_[2], std::fabs(z));
    const double value = normal_[0] * x + normal_[1] * y + normal_[2] * z;
    // Six products, each of at most eight roundings by 2^-53: 48 and some more.
    const double error = 64 * 0x1p-53 * (reach_x * reach_y * reach_z);
    const double least = std::min({reach_x, reach_y, reach_z}), most = std::max({reach_x, reach_y, reach_z});
    if (least > kLeast && most < kMost) {
      if (value > error) return 1;
      if (value < -error) return -1;
    }
    return least == 0 ? 0 : exact_side(p, work);
  }

  const Point &corner(int i) const { return corners_[i]; }
  double normal(int axis) const { return normal_[axis]; }

 private:
  int exact_side(const Point &p, std::uint64_t &work) const {
    const auto axis = [&](int i) {
      const double others[3] = {corners_[1][i], corners_[2][i], p[i]};
      return Differences(corners_[0][i], others, 3);
    };
    const Differences x = axis(0), y = axis(1), z = axis(2);
    work += cost_of(std::max({x.bits(), y.bits(), z.bits()}));
    return exact_sign(x, y, z);
  }

  Point corners_[3];
  double normal_[3], reach_[3];
};

// 1 where the points run counter-clockwise in the projection that `axis` falls out of, -1 where clockwise, 0 on one line.
inline int turn(const Point &a, const Point &b, const Point &c, int axis, std::uint64_t &work) {
  const int i = (axis + 1) % 3, k = (axis + 2) % 3;
  const double ux = b[i] - a[i], uy = b[k] - a[k], vx = c[i] - a[i], vy = c[k] - a[k];
  const double reach_x = std::max(std::fabs(ux), std::fabs(vx)), reach_y = std::max(std::fabs(uy), std::fabs(vy));
  const double value = ux * vy - uy * vx;
  // Two products, each of at most four roundings.
  const double error = 16 * 0x1p-53 * (reach_x * reach_y);
  const double least = std::min(reach_x, reach_y);
  if (least > kLeast && std::max(reach_x, reach_y) < kMost) {
    if (value > error) return 1;
    if (value < -error) return -1;
  }
  if (least == 0 || a == b || b == c || c == a) return 0;
  const double xs[2] = {b[i], c[i]}, ys[2] = {b[k], c[k]};
  const Differences x(a[i], xs, 2), y(a[k], ys, 2);
  work += cost_of(std::max(x.bits(), y.bits()));
  return exact_sign(x, y);
}

// The axis along which a triangle can be looked at without becoming a line; -1 where all its corners are on a line.
inline int best_axis(const Plane &plane, std::uint64_t &work) {
  int axes[3] = {0, 1, 2};
  for (int i = 1; i < 3; ++i)
    if (std::fabs(plane.normal(i)) > std::fabs(plane.normal(axes[0]))) axes[0] = i;
  axes[1] = (axes[0] + 1) % 3;
  axes[2] = (axes[0] + 2) % 3;
  for (const int axis : axes)
    if (turn(plane.corner(0), plane.corner(1), plane.corner(2), axis, work) != 0) return axis;
  return -1;
}

}  // namespace outfeed
