// Many polygons at once, for formats that list their corners: positions in the list come out, so that what else the
// corners carry can follow.
#pragma once

#include <stdexcept>

#include "polygon.hpp"
#include "block.hpp"

namespace outfeed {

// Polygon i has the next counts[i] corners of the list, each a row of `points` (x, y, z). One with n corners gives n - 2
// triangles, one with fewer than three gives none.
inline void cut_polygons(const double *points, std::size_t rows, const std::int32_t *counts, std::size_t polygons,
                         const std::int32_t *corners, std::size_t size, Block<std::int32_t> &triangles) {
  if (size > std::size_t(std::numeric_limits<std::int32_t>::max()))
    throw std::invalid_argument("more corners than 32 bits can count");
  for (std::size_t i = 0; i < size; ++i)
    if (corners[i] < 0 || std::size_t(corners[i]) >= rows) throw std::invalid_argument("a corner that is not there");
  Triangulator triangulator;
  std::vector<std::uint32_t> cut;
  std::size_t first = 0;
  for (std::size_t p = 0; p < polygons; ++p) {
    if (counts[p] < 0 || std::size_t(counts[p]) > size - first)
      throw std::invalid_argument("counts that do not fit the corners");
    const auto n = std::size_t(counts[p]);
    const auto at = [&](std::size_t i) { return points + std::size_t(corners[first + i]) * 3; };
    if (n > 3 && triangulator.cut(n, at, cut)) {
      std::int32_t *out = triangles.extend(cut.size());
      for (std::size_t i = 0; i < cut.size(); ++i) out[i] = std::int32_t(first + cut[i]);
    } else if (n >= 3) {
      std::int32_t *out = triangles.extend((n - 2) * 3);
      for (std::size_t i = 2; i < n; ++i) {
        *out++ = std::int32_t(first);
        *out++ = std::int32_t(first + i - 1);
        *out++ = std::int32_t(first + i);
      }
    }
    first += n;
  }
  if (first != size) throw std::invalid_argument("counts that do not fit the corners");
}

}  // namespace outfeed
