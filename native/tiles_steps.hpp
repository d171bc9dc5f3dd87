// Points of a grid as steps from an offset, in 16 bits.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <stdexcept>

namespace outfeed {

// Four numbers for each row: x, y, z and 0, cut off after 16 bits where they need more, as `box` tells: the lowest x, y, z
// and the highest. Without rows all of these are 0.
inline void write_steps(const std::int32_t *points, std::size_t vertices, const std::int32_t *rows, std::size_t count,
                        const std::int64_t *offset, std::uint16_t *out, std::int64_t *box) {
  std::int32_t low[3], high[3];
  for (int k = 0; k < 3; ++k) {
    low[k] = std::numeric_limits<std::int32_t>::max(), high[k] = std::numeric_limits<std::int32_t>::lowest();
  }
  for (std::size_t i = 0; i < count; ++i, out += 4) {
    if (std::uint32_t(rows[i]) >= vertices) throw std::invalid_argument("a vertex that is not there");
    const std::int32_t *point = points + 3 * std::size_t(rows[i]);
    for (int k = 0; k < 3; ++k) {
      low[k] = std::min(low[k], point[k]);
      high[k] = std::max(high[k], point[k]);
      out[k] = std::uint16_t(std::uint64_t(point[k]) - std::uint64_t(offset[k]));
    }
    out[3] = 0;
  }
  for (int k = 0; k < 3; ++k) {
    box[k] = count == 0 ? 0 : low[k] - offset[k];
    box[k + 3] = count == 0 ? 0 : high[k] - offset[k];
  }
}

}  // namespace outfeed
