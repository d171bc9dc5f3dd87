// Fans: the faces around a vertex, as far as one comes across edges of exactly two faces.
#pragma once

#include "edges.hpp"

namespace outfeed {

// The side through which one leaves a face that was entered through `side`, going around `vertex`.
inline std::int32_t around(const Faces &faces, std::int32_t side, std::int32_t vertex) {
  return faces.from(side) == vertex ? previous_in_face(side) : next_in_face(side);
}

class Fans {
 public:
  // `parts` labels the faces.
  Fans(const Faces &faces, const Edges &edges, const Block<std::int32_t> &labels, std::size_t parts)
      : faces_(faces), edges_(edges) {
    std::fill_n(of_part.extend(parts), parts, 0);
    std::fill_n(seen_.extend(faces.count), faces.count, std::uint8_t(0));
    std::fill_n(fans_.extend(faces.vertices), faces.vertices, std::uint8_t(0));
    for (std::size_t f = 0; f < faces.count; ++f) {
      if (seen_[f] == kAll || faces.collapsed(f)) continue;
      for (std::int32_t c = 0; c < 3; ++c) add(std::int32_t(3 * f) + c, of_part[labels[f]]);
    }
    for (std::size_t i = 0; i < edges.crowded.size(); ++i) {
      const std::int32_t side = edges.crowded[i];
      fans_[faces.from(side)] = fans_[faces.to(side)] = kSeveral;
    }
    for (std::size_t v = 0; v < faces.vertices; ++v)
      if (fans_[v] == kSeveral) several.push(std::int32_t(v));
    seen_.clear();
    fans_.clear();
  }

  Block<std::int32_t> several;  // vertices whose faces are not one fan, in order
  Block<std::int32_t> of_part;  // for each part, its fans

 private:
  static constexpr std::uint8_t kAll = 7, kSeveral = 2;

  void add(std::int32_t corner, std::int32_t &count) {
    if (!see(corner)) return;
    const std::int32_t vertex = faces_.from(corner);
    fans_[vertex] = std::min<std::uint8_t>(fans_[vertex] + 1, kSeveral);
    ++count;
    if (!turn(corner, vertex)) turn(previous_in_face(corner), vertex);
  }

  bool see(std::int32_t corner) {
    std::uint8_t &seen = seen_[corner / 3];
    const auto bit = std::uint8_t(1 << corner % 3);
    if (seen & bit) return false;
    seen |= bit;
    return true;
  }

  // Goes around the vertex, out through `side`. True where that comes back to the beginning.
  bool turn(std::int32_t side, std::int32_t vertex) {
    while (edges_.across[side] >= 0) {
      const std::int32_t beyond = edges_.across[side];
      if (!see(faces_.from(beyond) == vertex ? beyond : next_in_face(beyond))) return true;
      side = around(faces_, beyond, vertex);
    }
    return false;
  }

  Faces faces_;
  const Edges &edges_;
  Block<std::uint8_t> seen_, fans_;
};

}  // namespace outfeed
