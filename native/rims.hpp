// Rims of holes: closed loops of open edges.
//
// At each end of an open side, the fan there has exactly one other open side, and the rim goes on with that; so rims that
// touch in a vertex stay apart. Where the fan ends at an edge of more than two faces instead, sides that end at the same
// vertex in this way are joined two by two, in their order. What does not come back to its beginning is no rim.
#pragma once

#include "fans.hpp"

namespace outfeed {

class Rims {
 public:
  Rims(const Faces &faces, const Edges &edges) : faces_(faces), edges_(edges) {
    starts.push(0);
    if (edges.open.size() == 0) return;
    std::fill_n(seen_.extend(faces.count), faces.count, std::uint8_t(0));
    if (edges.crowded.size() != 0) join_loose_ends();
    for (std::size_t i = 0; i < edges.open.size(); ++i)
      if (!seen(edges.open[i])) trace(edges.open[i]);
    seen_.clear();
    loose_.clear();
  }

  Block<std::int32_t> vertices;  // of one rim after the other, counter-clockwise for who looks at the hole from outside
  Block<std::int32_t> starts;    // where each rim begins, and the size of `vertices`

 private:
  static constexpr std::int32_t kNone = -1;

  // An end of an open side whose fan has no other one, and the side it was joined with.
  struct Loose {
    std::int32_t vertex, side, partner;
    bool operator<(const Loose &other) const {
      return vertex != other.vertex ? vertex < other.vertex : side < other.side;
    }
  };

  bool seen(std::int32_t side) const { return seen_[side / 3] >> side % 3 & 1; }
  void see(std::int32_t side) { seen_[side / 3] |= std::uint8_t(1 << side % 3); }

  // The open side at the other end of the fan, or kNone.
  std::int32_t other_end(std::int32_t side, std::int32_t vertex) const {
    for (;;) {
      side = around(faces_, side, vertex);
      if (edges_.across[side] == kOpen) return side;
      if (edges_.across[side] == kCrowded) return kNone;
      side = edges_.across[side];
    }
  }

  void join_loose_ends() {
    for (std::size_t i = 0; i < edges_.open.size(); ++i) {
      const std::int32_t side = edges_.open[i];
      for (const std::int32_t vertex : {faces_.from(side), faces_.to(side)})
        if (other_end(side, vertex) == kNone) loose_.push({vertex, side, kNone});
    }
    std::sort(loose_.data(), loose_.data() + loose_.size());
    for (std::size_t i = 1; i < loose_.size(); ++i) {
      if (loose_[i].vertex != loose_[i - 1].vertex || loose_[i - 1].partner != kNone) continue;
      loose_[i].partner = loose_[i - 1].side;
      loose_[i - 1].partner = loose_[i].side;
    }
  }

  std::int32_t follow(std::int32_t side, std::int32_t vertex) const {
    const std::int32_t next = other_end(side, vertex);
    if (next != kNone) return next;
    return std::lower_bound(loose_.data(), loose_.data() + loose_.size(), Loose{vertex, side, kNone})->partner;
  }

  // Against the way of the face, as a face that fills the hole would go.
  void trace(std::int32_t first) {
    const std::size_t begin = vertices.size();
    if (go(first, faces_.from(first))) {
      starts.push(std::int32_t(vertices.size()));
    } else {
      go(first, faces_.to(first));
      vertices.shrink(begin);
    }
  }

  // True where it comes back to its beginning.
  bool go(std::int32_t first, std::int32_t vertex) {
    std::int32_t side = first;
    do {
      see(side);
      vertices.push(vertex);
      side = follow(side, vertex);
      if (side == kNone) return false;
      vertex = faces_.from(side) == vertex ? faces_.to(side) : faces_.from(side);
    } while (side != first);
    return true;
  }

  Faces faces_;
  const Edges &edges_;
  Block<std::uint8_t> seen_;
  Block<Loose> loose_;
};

}  // namespace outfeed
