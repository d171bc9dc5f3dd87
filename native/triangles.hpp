// Whether two triangles cross.
//
// They cross where their common points are more than one point and some of them lie inside one of the two, not on its rim:
// then one pierces the other, or both lie in one plane and overlap. What is common along edges of both, or in one point, is
// touching. Decided by the signs of `predicates.hpp` alone, after Guigue and Devillers, "Fast and Robust Triangle-Triangle
// Overlap Test Using Orientation Predicates", 2003.
#pragma once

#include "predicates.hpp"

namespace outfeed {

// A triangle with area, and the numbers of its corners: corners of the same number are the same point.
struct Triangle {
  Plane plane;
  std::int32_t corners[3];

  bool has(std::int32_t corner) const { return corners[0] == corner || corners[1] == corner || corners[2] == corner; }
};

// Where the corners of one triangle lie of the plane of another.
struct Sides {
  int of[3];

  Sides(const Triangle &corners, const Triangle &plane, std::uint64_t &work) {
    for (int i = 0; i < 3; ++i)
      of[i] = plane.has(corners.corners[i]) ? 0 : plane.plane.side(corners.plane.corner(i), work);
  }

  int zeros() const { return (of[0] == 0) + (of[1] == 0) + (of[2] == 0); }
  bool on_both() const { return std::min({of[0], of[1], of[2]}) < 0 && std::max({of[0], of[1], of[2]}) > 0; }
  // The plane has more than a point of the triangle: what is inside, or an edge.
  bool along() const { return on_both() || zeros() >= 2; }

  // The corner that is not in the plane, and no other one on its side.
  int alone() const {
    for (int i = 0; i < 3; ++i)
      if (of[i] != 0 && of[(i + 1) % 3] != of[i] && of[(i + 2) % 3] != of[i]) return i;
    return 0;
  }
};

// Whether all of `b` lies beyond an edge of `a`, or on its line; both in one plane, seen along `axis`.
inline bool beyond_an_edge(const Plane &a, const Plane &b, int axis, std::uint64_t &work) {
  const int inside = turn(a.corner(0), a.corner(1), a.corner(2), axis, work);
  for (int i = 0; i < 3; ++i) {
    int k = 0;
    while (k < 3 && turn(a.corner(i), a.corner((i + 1) % 3), b.corner(k), axis, work) != inside) ++k;
    if (k == 3) return true;
  }
  return false;
}

// Of two triangles in one plane: whether they have an area in common.
inline bool overlap(const Plane &a, const Plane &b, std::uint64_t &work) {
  const int axis = best_axis(a, work);
  return !beyond_an_edge(a, b, axis, work) && !beyond_an_edge(b, a, axis, work);
}

// Both planes cut the other triangle in a segment of their common line: whether those have more than a point in common.
inline bool segments_overlap(const Plane &a, const Sides &a_sides, const Plane &b, const Sides &b_sides,
                             std::uint64_t &work) {
  const int i = a_sides.alone(), k = b_sides.alone();
  // Each turned so that its lone corner is on the positive side of the other's plane.
  const int a_step = b_sides.of[k] > 0 ? 1 : 2, b_step = a_sides.of[i] > 0 ? 1 : 2;
  const Point &p = a.corner(i), &q = a.corner((i + a_step) % 3), &r = a.corner((i + 3 - a_step) % 3);
  const Point &s = b.corner(k), &t = b.corner((k + b_step) % 3), &u = b.corner((k + 3 - b_step) % 3);
  return Plane(p, q, s).side(t, work) < 0 && Plane(p, r, u).side(s, work) < 0;
}

// Whether two triangles with area cross.
inline bool cross(const Triangle &a, const Triangle &b, std::uint64_t &work) {
  const int shared = a.has(b.corners[0]) + a.has(b.corners[1]) + a.has(b.corners[2]);
  const Sides b_sides(b, a, work);
  if (!b_sides.along()) return false;
  if (b_sides.zeros() == 3) return overlap(a.plane, b.plane, work);
  if (shared == 2) return false;
  const Sides a_sides(a, b, work);
  if (!a_sides.along() || !(a_sides.on_both() || b_sides.on_both())) return false;
  return segments_overlap(a.plane, a_sides, b.plane, b_sides, work);
}

}  // namespace outfeed
