// Faces without area: with a vertex twice, or with all corners exactly on one line.
#pragma once

#include "edges.hpp"
#include "predicates.hpp"

namespace outfeed {

template <class T>
bool collinear(const T *vertices, const std::int32_t *corners) {
  Point points[3];
  for (int c = 0; c < 3; ++c)
    for (int axis = 0; axis < 3; ++axis) points[c][axis] = double(vertices[3 * std::size_t(corners[c]) + axis]);
  std::uint64_t work = 0;  // a few exact signs for each face need no bound
  for (int axis = 0; axis < 3; ++axis)
    if (turn(points[0], points[1], points[2], axis, work) != 0) return false;
  return true;
}

template <class T>
void find_degenerate(const T *vertices, const Faces &faces, Block<std::int32_t> &found) {
  for (std::size_t f = 0; f < faces.count; ++f)
    if (faces.collapsed(f) || collinear(vertices, faces.corners + 3 * f)) found.push(std::int32_t(f));
}

}  // namespace outfeed
