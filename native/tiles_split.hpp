// From one mesh to the meshes of its leaves, and which vertices these have in common.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <stdexcept>

#include "block.hpp"

namespace outfeed {

inline void check_leaves(const std::int32_t *leaves, std::size_t faces, int depth) {
  if (depth < 0 || depth > 30) throw std::invalid_argument("a depth that no tree of tiles has");
  const std::uint32_t most = std::uint32_t(1) << depth;
  for (std::size_t f = 0; f < faces; ++f)
    if (std::uint32_t(leaves[f]) >= most) throw std::invalid_argument("a leaf that is not there");
}

inline void check_corners(const std::int32_t *faces, std::size_t count, std::size_t vertices) {
  if (vertices > std::size_t(std::numeric_limits<std::int32_t>::max())) throw std::length_error("too many vertices");
  for (std::size_t c = 0; c < 3 * count; ++c)
    if (std::uint32_t(faces[c]) >= vertices) throw std::invalid_argument("a vertex that is not there");
}

// For each vertex the depth of the deepest node of the tree that holds all faces around it; `depth` where one leaf does,
// or no face has it.
inline void meeting_depths(const std::int32_t *faces, const std::int32_t *leaves, std::size_t count,
                           std::size_t vertices, int depth, std::uint8_t *meet) {
  check_leaves(leaves, count, depth);
  check_corners(faces, count, vertices);
  Block<std::int32_t> seen;
  std::int32_t *first = seen.extend(vertices);
  std::fill(first, first + vertices, -1);
  std::fill(meet, meet + vertices, std::uint8_t(depth));
  for (std::size_t c = 0; c < 3 * count; ++c) {
    const std::int32_t vertex = faces[c], leaf = leaves[c / 3];
    if (first[vertex] < 0) first[vertex] = leaf;
    if (first[vertex] == leaf) continue;
    int common = depth;
    for (std::uint32_t other = std::uint32_t(first[vertex] ^ leaf); other != 0; other >>= 1) --common;
    meet[vertex] = std::min(meet[vertex], std::uint8_t(common));
  }
}

// The faces of each leaf, one leaf after the other, each in the order of the mesh; and the vertices that each has, in
// the order of first use.
struct Leaves {
  Block<std::int32_t> faces;         // 3 for each: numbers among the vertices of its leaf
  Block<std::int64_t> face_starts;   // of each leaf, and the end
  Block<std::int32_t> rows;          // the mesh's vertex for each vertex of each leaf
  Block<std::int64_t> row_starts;

  void split(const std::int32_t *all, const std::int32_t *leaves, std::size_t count, std::size_t vertices, int depth) {
    check_leaves(leaves, count, depth);
    check_corners(all, count, vertices);
    const std::size_t most = std::size_t(1) << depth;
    sort(leaves, count, most);
    Block<std::int32_t> number, owner;
    std::int32_t *numbers = number.extend(vertices), *owners = owner.extend(vertices);
    std::fill(owners, owners + vertices, -1);
    faces.reserve(3 * count);
    std::int32_t *out = faces.extend(3 * count);
    row_starts.push(0);
    for (std::size_t leaf = 0; leaf < most; ++leaf) {
      const std::size_t begin = rows.size();
      for (std::int64_t f = face_starts[leaf]; f < face_starts[leaf + 1]; ++f) {
        for (int c = 0; c < 3; ++c) {
          const std::int32_t vertex = all[3 * std::size_t(order_[f]) + c];
          if (owners[vertex] != std::int32_t(leaf)) {
            owners[vertex] = std::int32_t(leaf);
            numbers[vertex] = std::int32_t(rows.size() - begin);
            rows.push(vertex);
          }
          out[3 * f + c] = numbers[vertex];
        }
      }
      row_starts.push(std::int64_t(rows.size()));
    }
  }

 private:
  void sort(const std::int32_t *leaves, std::size_t count, std::size_t most) {
    if (count > std::size_t(std::numeric_limits<std::int32_t>::max())) throw std::length_error("too many faces");
    std::int64_t *starts = face_starts.extend(most + 1);
    std::fill(starts, starts + most + 1, 0);
    for (std::size_t f = 0; f < count; ++f) ++starts[leaves[f] + 1];
    for (std::size_t leaf = 0; leaf < most; ++leaf) starts[leaf + 1] += starts[leaf];
    Block<std::int64_t> place;
    std::int64_t *places = place.extend(most);
    std::copy(starts, starts + most, places);
    order_.reserve(count);
    std::int32_t *order = order_.extend(count);
    for (std::size_t f = 0; f < count; ++f) order[places[leaves[f]]++] = std::int32_t(f);
  }

  Block<std::int32_t> order_;
};

}  // namespace outfeed
