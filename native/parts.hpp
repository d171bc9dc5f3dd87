// Parts of a mesh, and the faces to turn so that neighbours run opposite ways along their edge.
//
// A breadth-first walk across the edges of exactly two faces finds sheets; within one, the winding of a face decides that
// of all others. Sheets that meet at an edge of more faces are one part, but say nothing about each other's winding.
#pragma once

#include "edges.hpp"

namespace outfeed {

class Parts {
 public:
  Parts(const Faces &faces, const Edges &edges) : faces_(faces), edges_(edges) {
    std::fill_n(labels.extend(faces.count), faces.count, -1);
    std::fill_n(other_way_.extend(faces.count), faces.count, std::uint8_t(0));
    queue_.extend(faces.count);
    for (std::size_t f = 0; f < faces.count; ++f)
      if (labels[f] < 0 && !faces.collapsed(f)) walk_sheet(std::int32_t(f));
    for (std::size_t f = 0; f < faces.count; ++f)
      if (other_way_[f]) turned.push(std::int32_t(f));
    join_sheets();
    count_parts();
    queue_.clear();
    other_way_.clear();
  }

  std::size_t count = 0;
  Block<std::int32_t> labels;     // the part of each face, numbered by their first faces; -1 for collapsed faces
  Block<std::int32_t> turned;     // the fewer faces of each sheet that run the other way; of two halves, not the first's
  Block<std::int32_t> triangles;  // for each part, its faces
  Block<std::uint8_t> closed;     // each edge has two faces
  Block<std::uint8_t> oriented;   // no edge of two faces is run through twice the same way
  Block<std::uint8_t> orientable; // no sheet is twisted: turning faces can make it oriented

 private:
  void walk_sheet(std::int32_t start) {
    const auto sheet = std::int32_t(parents_.size());
    std::int32_t *queue = queue_.data();
    std::size_t read = 0, written = 0, others = 0;
    bool twisted = false;
    labels[start] = sheet;
    queue[written++] = start;
    while (read < written) {
      const std::int32_t face = queue[read++];
      others += other_way_[face];
      for (std::int32_t side = 3 * face; side < 3 * face + 3; ++side) {
        const std::int32_t beyond = edges_.across[side];
        if (beyond < 0) continue;
        const std::int32_t neighbour = beyond / 3;
        const bool other_way = (other_way_[face] != 0) != (faces_.from(side) == faces_.from(beyond));
        if (labels[neighbour] < 0) {
          labels[neighbour] = sheet;
          other_way_[neighbour] = other_way;
          queue[written++] = neighbour;
        } else if ((other_way_[neighbour] != 0) != other_way) {
          twisted = true;
        }
      }
    }
    parents_.push(sheet);
    twisted_.push(twisted);
    if (twisted || (others != 0 && others > written - others)) mark_sheet(written, twisted);
  }

  // Of a twisted sheet no face is turned; of one that mostly runs the other way, those that do not.
  void mark_sheet(std::size_t faces, bool twisted) {
    for (std::size_t i = 0; i < faces; ++i) {
      std::uint8_t &other_way = other_way_[queue_[i]];
      other_way = !twisted && !other_way;
    }
  }

  std::int32_t root(std::int32_t sheet) {
    while (parents_[sheet] != sheet) sheet = parents_[sheet] = parents_[parents_[sheet]];
    return sheet;
  }

  void join_sheets() {
    for (std::size_t edge = 0; edge + 1 < edges_.crowded_starts.size(); ++edge) {
      std::int32_t one = root(labels[edges_.crowded[edges_.crowded_starts[edge]] / 3]);
      for (std::int32_t i = edges_.crowded_starts[edge] + 1; i < edges_.crowded_starts[edge + 1]; ++i) {
        const std::int32_t two = root(labels[edges_.crowded[i] / 3]);
        parents_[std::max(one, two)] = std::min(one, two);
        one = std::min(one, two);
      }
    }
    // A root is its part's first sheet, so parts are numbered in the order of roots.
    Block<std::int32_t> numbers;
    std::int32_t *number = numbers.extend(parents_.size());
    for (std::size_t sheet = 0; sheet < parents_.size(); ++sheet) {
      const std::int32_t first = root(std::int32_t(sheet));
      number[sheet] = first == std::int32_t(sheet) ? std::int32_t(count++) : number[first];
    }
    std::fill_n(orientable.extend(count), count, std::uint8_t(1));
    for (std::size_t sheet = 0; sheet < parents_.size(); ++sheet)
      if (twisted_[sheet]) orientable[number[sheet]] = 0;
    if (count == parents_.size()) return;
    for (std::size_t f = 0; f < faces_.count; ++f)
      if (labels[f] >= 0) labels[f] = number[labels[f]];
  }

  void count_parts() {
    std::fill_n(triangles.extend(count), count, 0);
    std::fill_n(closed.extend(count), count, std::uint8_t(1));
    std::fill_n(oriented.extend(count), count, std::uint8_t(1));
    for (std::size_t f = 0; f < faces_.count; ++f)
      if (labels[f] >= 0) ++triangles[labels[f]];
    clear_where(closed, edges_.open);
    clear_where(closed, edges_.crowded);
    clear_where(oriented, edges_.inconsistent);
  }

  void clear_where(Block<std::uint8_t> &flags, const Block<std::int32_t> &sides) {
    for (std::size_t i = 0; i < sides.size(); ++i) flags[labels[sides[i] / 3]] = 0;
  }

  Faces faces_;
  const Edges &edges_;
  Block<std::int32_t> queue_, parents_;
  Block<std::uint8_t> other_way_, twisted_;
};

}  // namespace outfeed
