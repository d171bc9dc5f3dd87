// Whether two triangles cross.
//
// They cross where their common points are more than one point and some of them lie inside one of the two, not on its rim:
// then one pierces the other, or both lie in one plane and overlap. What is common along edges of both, or in one point, is
// touching. Decided by the signs of `predicates.hpp` alone, after Guigue and Devillers, "Fast and Robust Triangle-Triangle
// Overlap Test Using Orientation Predicates", 2003.
#pragma once

#include "predicates.hpp"

namespace outfeed {

// Three points that are not on a line, and their numbers: points of the same number are the same.
struct Triangle {
  Point points[3];
  std::int32_t numbers[3];

  bool has(std::int32_t number) const { return (numbers[0] == number) | (numbers[1] == number) | (numbers[2] == number); }
};

// Where the points of one triangle lie of the plane of another.
struct Sides {
  int of[3], shared = 0, zeros = 0;
  bool on_both = false;

  Sides(const Triangle &points, const Triangle &other, const Plane &plane, std::uint64_t &work) {
    bool is_shared[3], sure = true;
    for (int i = 0; i < 3; ++i) {
      is_shared[i] = other.has(points.numbers[i]);
      of[i] = is_shared[i] ? 0 : plane.likely_side(points.points[i]);
      sure &= is_shared[i] | (of[i] != 0);
      shared += is_shared[i];
    }
    for (int i = 0; !sure && i < 3; ++i)
      if (!is_shared[i] && of[i] == 0) of[i] = plane.side(points.points[i], work);
    zeros = (of[0] == 0) + (of[1] == 0) + (of[2] == 0);
    on_both = std::min({of[0], of[1], of[2]}) * std::max({of[0], of[1], of[2]}) < 0;
  }

  // The plane has more than a point of the triangle: some of the inside, or an edge.
  bool along() const { return on_both | (zeros >= 2); }

  // The point that is not in the plane and has no other on its side.
  int alone() const {
    for (int i = 0; i < 3; ++i)
      if (of[i] != 0 && of[(i + 1) % 3] != of[i] && of[(i + 2) % 3] != of[i]) return i;
    return 0;
  }
};

// Whether all of `b` lies beyond an edge of `a`, or on its line; both in one plane, seen along `axis`.
inline bool beyond_an_edge(const Triangle &a, const Triangle &b, int axis, std::uint64_t &work) {
  const int inside = turn(a.points[0], a.points[1], a.points[2], axis, work);
  for (int i = 0; i < 3; ++i) {
    int k = 0;
    while (k < 3 && turn(a.points[i], a.points[(i + 1) % 3], b.points[k], axis, work) != inside) ++k;
    if (k == 3) return true;
  }
  return false;
}

// Of two triangles in one plane: whether they have an area in common.
inline bool overlap(const Triangle &a, const Triangle &b, const Plane &plane, std::uint64_t &work) {
  const int axis = visible_axis(a.points, plane, work);
  return !beyond_an_edge(a, b, axis, work) && !beyond_an_edge(b, a, axis, work);
}

// The plane of each cuts the other in a segment of the line of both planes: whether those have more than a point in common.
inline bool segments_overlap(const Triangle &a, const Sides &a_sides, const Triangle &b, const Sides &b_sides,
                             std::uint64_t &work) {
  const int i = a_sides.alone(), k = b_sides.alone();
  // Each is turned so that its lone point is on the positive side of the other's plane.
  const int a_step = b_sides.of[k] > 0 ? 1 : 2, b_step = a_sides.of[i] > 0 ? 1 : 2;
  const Point &p = a.points[i], &q = a.points[(i + a_step) % 3], &r = a.points[(i + 3 - a_step) % 3];
  const Point &s = b.points[k], &t = b.points[(k + b_step) % 3], &u = b.points[(k + 3 - b_step) % 3];
  return Plane({p, q, s}).side(t, work) < 0 && Plane({p, r, u}).side(s, work) < 0;
}

// Whether two triangles cross; `plane` is that of the first.
inline bool cross(const Triangle &a, const Plane &plane, const Triangle &b, std::uint64_t &work) {
  const Sides b_sides(b, a, plane, work);
  const bool hinged = (b_sides.shared == 2) & (b_sides.zeros == 2);
  if (!b_sides.along() | hinged | (b_sides.shared == 3)) return false;
  if (b_sides.zeros == 3) return overlap(a, b, plane, work);
  const Sides a_sides(a, b, Plane(b.points), work);
  if (!a_sides.along() || !(a_sides.on_both || b_sides.on_both)) return false;
  return segments_overlap(a, a_sides, b, b_sides, work);
}

}  // namespace outfeed
