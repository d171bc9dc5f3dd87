// Rims of holes: closed loops of open edges that pass no vertex twice.
//
// At each end of an open side, the fan there has exactly one other open side, and the way goes on with that. Where the fan
// ends at an edge of more than two faces instead, sides that end at the same vertex in this way are joined two by two, in
// their order. Whenever a way comes back to a vertex, what lies between is a rim; what never comes back is none.
#pragma once

#include "fans.hpp"

namespace outfeed {

class Rims {
 public:
  Rims(const Faces &faces, const Edges &edges) : faces_(faces), edges_(edges) {
    starts.push(0);
    if (edges.open.size() == 0) return;
    std::fill_n(seen_.extend(faces.count), faces.count, std::uint8_t(0));
    std::fill_n(places_.extend(faces.vertices), faces.vertices, kNone);
    if (edges.crowded.size() != 0) join_loose_ends();
    for (std::size_t i = 0; i < edges.open.size(); ++i)
      if (!seen(edges.open[i])) walk(rewound({edges.open[i], faces.to(edges.open[i])}));
    seen_.clear();
    places_.clear();
    way_.clear();
    loose_.clear();
  }

  Block<std::int32_t> vertices;  // of one rim after the other, against the way of the faces, as a face that fills the hole goes
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

  // A side, and the end where one comes to it.
  struct Step {
    std::int32_t side, vertex;
  };

  Step ahead(Step step) const {
    const std::int32_t end = beyond(step);
    return {follow(step.side, end), end};
  }
  std::int32_t beyond(Step step) const {
    return faces_.from(step.side) == step.vertex ? faces_.to(step.side) : faces_.from(step.side);
  }

  // The first step of the way that leads to this one; of a closed one, this one.
  Step rewound(Step first) const {
    Step step = first;
    for (;;) {
      const std::int32_t before = follow(step.side, step.vertex);
      if (before == kNone || before == first.side) return before == kNone ? step : first;
      step = {before, beyond({before, step.vertex})};
    }
  }

  void walk(Step first) {
    put(first.vertex);
    Step step = first;
    for (;;) {
      see(step.side);
      const Step next = ahead(step);
      if (next.side == first.side) break;
      put(next.vertex);
      if (next.side == kNone) break;
      step = next;
    }
    if (ahead(step).side != kNone) cut_off(0);
    forget(0);
  }

  // Puts a vertex at the end of the way. If it is there already, what lies between is a rim.
  void put(std::int32_t vertex) {
    if (places_[vertex] != kNone) {
      const auto place = std::size_t(places_[vertex]);
      cut_off(place);
      forget(place);
    }
    places_[vertex] = std::int32_t(way_.size());
    way_.push(vertex);
  }

  void cut_off(std::size_t place) {
    const std::size_t count = way_.size() - place;
    std::copy_n(way_.data() + place, count, vertices.extend(count));
    starts.push(std::int32_t(vertices.size()));
  }

  void forget(std::size_t place) {
    for (std::size_t i = place; i < way_.size(); ++i) places_[way_[i]] = kNone;
    way_.shrink(place);
  }

  Faces faces_;
  const Edges &edges_;
  Block<std::uint8_t> seen_;
  Block<Loose> loose_;
  Block<std::int32_t> way_, places_;  // vertices, and where each is in `way_`
};

}  // namespace outfeed
