// Fewer triangles by collapsing edges, the cheapest first.
//
// The cost of a collapse is a sum of squared distances (`quadric.hpp`). An edge collapses only where that changes neither
// the surface's kind nor its attributes: the ends have no common neighbours but the tips of the triangles that vanish (the
// link condition of Dey, Edelsbrunner, Guha and Nekhayev, "Topology preserving edge contraction", 1998), no triangle
// turns around, and each wedge of a vertex that goes passes into one of the vertex that stays.
//
// A wedge is what corners of one vertex share: texture coordinate, colour, material. Its values have sums of their own,
// after Hoppe, "New Quadric Metric for Simplifying Meshes with Appearance Attributes" (1999).
//
// Edges wait in buckets by the leading bits of their cost, the last that came in front. A cost is computed anew when its
// turn comes, so nothing is updated between: all that a collapse changes costs more than before, or little less. What waits
// is a side of a triangle, 3 * triangle + corner, from that corner to the next; one for each edge.
#pragma once

#include <cstring>
#include <stdexcept>

#include "block.hpp"
#include "quadric.hpp"

namespace outfeed {

class Simplifier {
 public:
  struct Rules {
    std::size_t target;     // triangles; stop when there are no more
    double most_error;      // stop before this distance
    bool lock_borders;      // vertices of open edges stay
    bool keep_positions;    // no vertex moves: of two, one stays as it is
  };

  // Positions (n, 3) within about -1 to 1; faces (m, 3) of them. `locked` (n): vertices that stay, or null.
  Simplifier(const double *positions, std::size_t vertices, const std::int32_t *faces, std::size_t count,
             const std::uint8_t *locked, const Rules &rules)
      : rules_(rules) {
    Vertex *made = vertices_.extend(vertices);
    for (std::size_t i = 0; i < vertices; ++i) {
      made[i] = Vertex{};
      made[i].at = {positions[3 * i], positions[3 * i + 1], positions[3 * i + 2]};
      made[i].fixed = locked != nullptr && locked[i] != 0;
    }
    std::int32_t *corners = faces_.extend(3 * count);
    std::copy_n(faces, 3 * count, corners);
    for (std::size_t f = 0; f < count; ++f) {
      const std::int32_t *c = corners + 3 * f;
      for (int i = 0; i < 3; ++i)
        if (c[i] < 0 || std::size_t(c[i]) >= vertices) throw std::invalid_argument("a corner without a vertex");
      if (c[0] == c[1] || c[1] == c[2] || c[2] == c[0])
        kill(f);
      else
        ++alive_;
    }
  }

  // Gives the corners wedges (m, 3): each of one vertex, with `each` values and of a class. Those of two never merge.
  void add_wedges(const std::int32_t *wedges, const double *values, std::size_t count, std::size_t each,
                  const std::int32_t *classes) {
    if (each > kMostValues) throw std::invalid_argument("too many values");
    each_ = each;
    const std::size_t corners = faces_.size();
    for (std::size_t i = 0; i < corners; ++i)
      if (wedges[i] < 0 || std::size_t(wedges[i]) >= count) throw std::invalid_argument("a corner without a wedge");
    std::copy_n(wedges, corners, wedges_.extend(corners));
    std::copy_n(classes, count, classes_.extend(count));
    std::copy_n(values, count * each, values_.extend(count * each));
    Gradient *sums = sums_.extend(count * each);
    std::fill(sums, sums + count * each, Gradient{});
    std::fill_n(areas_.extend(count), count, 0.0);
  }

  void run() {
    make_fans();
    add_surfaces();
    for (std::size_t v = 0; v < vertices_.size(); ++v) look_around(std::int32_t(v));
    make_queue();
    while (alive_ > rules_.target) {
      while (bucket_ < kBuckets && heads_[bucket_] == kNone) ++bucket_;
      if (bucket_ == kBuckets) break;
      const std::uint32_t side = heads_[bucket_];
      heads_[bucket_] = next_[side];
      fetch(heads_[bucket_]);
      take(side);
    }
  }

  // The largest distance that a collapse has cost: root mean square over the surface that went into the vertex.
  double error() const { return std::sqrt(error_); }
  std::size_t alive() const { return alive_; }
  std::size_t vertices() const { return vertices_.size(); }
  std::size_t faces() const { return faces_.size() / 3; }
  bool has_wedges() const { return wedges_.size() > 0; }
  bool is_alive(std::size_t face) const { return faces_[3 * face] >= 0; }
  const std::int32_t *corners(std::size_t face) const { return faces_.data() + 3 * face; }
  const std::int32_t *wedges(std::size_t face) const { return wedges_.data() + 3 * face; }
  const Point &position(std::size_t vertex) const { return vertices_[vertex].at; }
  bool moved(std::size_t vertex) const { return vertices_[vertex].moved; }
  const Block<double> &values() const { return values_; }

 private:
  static constexpr std::size_t kMostFan = 64;      // triangles around a vertex that takes part: bounds all searches; none gets more
  static constexpr std::size_t kMostValues = 6;
  static constexpr std::uint32_t kNone = 0xffffffff;
  static constexpr int kDropped = 22;               // bits of a float that play no part: two buckets for each doubling
  static constexpr std::size_t kBuckets = std::size_t(1) << (32 - kDropped);
  static constexpr double kEdge = 10;               // how much more the planes that hold borders and seams count
  static constexpr double kShape = 1e-6;            // short edges first where all else is equal
  static constexpr double kTurn = 0.2;              // cosine: a triangle that leans more has turned around
  static constexpr double kFree = 1e-16;            // costs below are all the same
  static constexpr std::size_t kLater = 4;          // buckets after which a collapse that was not possible is tried again
  static constexpr double kHopeless = 1e6;          // but not at such a cost

  struct Vertex {
    Point at;
    Quadric sum;
    double area;          // that its sum has taken in
    std::uint32_t first;  // its triangles in fans_
    std::uint32_t count;
    bool fixed, border, moved;
  };
  struct Gradient {  // area * (value's slope, value at the origin)
    Point slope;
    double start;
  };
  enum class State : std::uint8_t { kIdle, kWaits, kStale };  // stale: in a bucket, but another side stands for its edge
  struct Pair {
    std::int32_t gone, kept;
  };
  struct Plan {
    std::int32_t from, to;
    Point at;
    bool moves;
    double error, cost;
    std::size_t pairs;
    Pair wedges[2];
  };

  void kill(std::size_t face) { faces_[3 * face] = -1; }

  // --- Before the first collapse -------------------------------------------------------------------------------------

  void make_fans() {
    const std::size_t corners = faces_.size();
    for (std::size_t f = 0; f < faces(); ++f)
      if (is_alive(f))
        for (int i = 0; i < 3; ++i) ++vertices_[faces_[3 * f + i]].count;
    std::uint32_t next = 0;
    for (std::size_t v = 0; v < vertices_.size(); ++v) {
      vertices_[v].first = next;
      next += vertices_[v].count;
      vertices_[v].count = 0;
    }
    fans_.extend(next);
    for (std::size_t i = 0; i < corners; ++i) {
      if (!is_alive(i / 3)) continue;
      Vertex &v = vertices_[faces_[i]];
      fans_[v.first + v.count++] = std::uint32_t(i / 3);
    }
  }

  void add_surfaces() {
    for (std::size_t f = 0; f < faces(); ++f) {
      if (!is_alive(f)) continue;
      const std::int32_t *c = corners(f);
      const Point &p = vertices_[c[0]].at;
      const Point s = vertices_[c[1]].at - p, t = vertices_[c[2]].at - p;
      const Point n = cross(s, t);
      const double length = std::sqrt(dot(n, n));
      if (!(length > 0)) continue;
      const Point unit = n * (1 / length);
      const double area = length / 2, d = -dot(unit, p);
      for (int i = 0; i < 3; ++i) {
        vertices_[c[i]].sum.add_plane(unit, d, area);
        vertices_[c[i]].area += area;
      }
      if (each_ > 0) add_slopes(f, s, t, n, area);
    }
  }

  // A value over the triangle is slope . p + start; the slope lies in its plane.
  void add_slopes(std::size_t f, const Point &s, const Point &t, const Point &n, double area) {
    const std::int32_t *c = corners(f), *w = wedges(f);
    const double scale = 1 / dot(n, n);
    const Point along_s = cross(t, n) * scale, along_t = cross(n, s) * scale;
    for (int i = 0; i < 3; ++i) areas_[w[i]] += area;
    for (std::size_t k = 0; k < each_; ++k) {
      const double v0 = values_[w[0] * each_ + k];
      const Point slope =
          along_s * (values_[w[1] * each_ + k] - v0) + along_t * (values_[w[2] * each_ + k] - v0);
      const double start = v0 - dot(slope, vertices_[c[0]].at);
      for (int i = 0; i < 3; ++i) {
        vertices_[c[i]].sum.add_plane(slope, start, area);
        Gradient &g = sums_[w[i] * each_ + k];
        g.slope = g.slope + slope * area;
        g.start += start * area;
      }
    }
  }

  // The corner of the face that is the vertex.
  int corner(std::size_t face, std::int32_t vertex) const {
    const std::int32_t *c = corners(face);
    return c[0] == vertex ? 0 : c[1] == vertex ? 1 : 2;
  }
  std::int32_t wedge_of(std::size_t face, std::int32_t vertex) const {
    return wedges_[3 * face + corner(face, vertex)];
  }

  // Finds out whether the vertex is inside, on a border, or where no surface is; holds borders and seams in place.
  void look_around(std::int32_t vertex) {
    Vertex &v = vertices_[vertex];
    const std::uint32_t n = v.count;
    if (n > kMostFan) v.fixed = true;
    if (n == 0 || n > kMostFan) return;
    std::int32_t out[kMostFan], in[kMostFan];
    const std::uint32_t *fan = fans_.data() + v.first;
    for (std::uint32_t i = 0; i < n; ++i) {
      const int at = corner(fan[i], vertex);
      out[i] = corners(fan[i])[(at + 1) % 3];
      in[i] = corners(fan[i])[(at + 2) % 3];
    }
    std::uint32_t after[kMostFan], start = 0;
    for (std::uint32_t i = 0; i < n; ++i) {
      after[i] = kNone;
      bool begins = true;
      for (std::uint32_t j = 0; j < n; ++j) {
        if (j != i && (out[j] == out[i] || in[j] == in[i])) v.fixed = true;  // not a surface, or wound two ways
        if (out[j] == in[i]) after[i] = j;
        if (in[j] == out[i]) begins = false;
      }
      if (begins) {
        v.border = true;
        start = i;
        add_edge(v, fan[i], out[i]);
      }
      if (after[i] == kNone)
        add_edge(v, fan[i], in[i]);
      else if (has_wedges() && is_seam(fan[i], fan[after[i]], vertex, in[i]))
        add_edge(v, fan[i], in[i]);
    }
    if (v.border && rules_.lock_borders) v.fixed = true;
    std::uint32_t seen = 1;
    for (std::uint32_t i = after[start]; seen < n && i != kNone && i != start; i = after[i]) ++seen;
    if (seen < n) v.fixed = true;  // surfaces that touch in a point
  }

  bool is_seam(std::size_t f, std::size_t g, std::int32_t one, std::int32_t two) const {
    return wedge_of(f, one) != wedge_of(g, one) || wedge_of(f, two) != wedge_of(g, two);
  }

  // A plane through the edge, upright on the triangle.
  void add_edge(Vertex &v, std::size_t face, std::int32_t other) {
    const std::int32_t *c = corners(face);
    const Point s = vertices_[c[1]].at - vertices_[c[0]].at, t = vertices_[c[2]].at - vertices_[c[0]].at;
    const Point along = vertices_[other].at - v.at, upright = cross(along, cross(s, t));
    const double length = std::sqrt(dot(upright, upright));
    if (!(length > 0)) return;
    const Point unit = upright * (1 / length);
    v.sum.add_plane(unit, -dot(unit, v.at), kEdge * dot(along, along));
  }

  void make_queue() {
    std::fill_n(heads_.extend(kBuckets), kBuckets, kNone);
    bucket_ = bucket_of(kFree);
    next_.extend(faces_.size());
    std::fill_n(states_.extend(faces_.size()), faces_.size(), State::kIdle);
    for (std::size_t side = 0; side < faces_.size(); ++side) {
      if (!is_alive(side / 3)) continue;
      const std::int32_t one = faces_[side], two = faces_[following(side)];
      if (vertices_[one].fixed && vertices_[two].fixed) continue;
      // Of two triangles at an edge one sees it in each direction; a border's edge is seen once.
      if (one > two && !(vertices_[one].border && vertices_[two].border && is_open(one, two))) continue;
      Plan plan;
      const bool possible = make_plan(one, two, plan);
      put(side, possible ? bucket_of(plan.cost) : 0);
    }
  }

  static std::size_t following(std::size_t side) { return side % 3 == 2 ? side - 2 : side + 1; }

  // Whether no triangle has the side from two to one.
  bool is_open(std::int32_t one, std::int32_t two) const {
    const Vertex &v = vertices_[two];
    for (std::uint32_t i = 0; i < v.count; ++i) {
      const std::size_t f = fans_[v.first + i];
      if (corners(f)[(corner(f, two) + 1) % 3] == one) return false;
    }
    return true;
  }

  // --- The queue -----------------------------------------------------------------------------------------------------

  static std::size_t bucket_of(double cost) {
    const float value = float(cost > 0 ? cost : 0);
    std::uint32_t bits;
    std::memcpy(&bits, &value, sizeof(bits));
    return bits >> kDropped;
  }

  void put(std::size_t side, std::size_t bucket) {
    std::uint32_t &head = heads_[std::max(bucket, bucket_)];
    next_[side] = head;
    head = std::uint32_t(side);
    states_[side] = State::kWaits;
  }

  // Asks the memory for what the next side needs.
  void fetch(std::uint32_t side) const {
    if (side == kNone) return;
    for (const std::int32_t end : {faces_[side], faces_[following(side)]}) {
      if (end < 0) continue;
      const char *at = reinterpret_cast<const char *>(vertices_.data() + end);
      __builtin_prefetch(at);
      __builtin_prefetch(at + 64);
      __builtin_prefetch(at + sizeof(Vertex) - 1);
    }
    if (next_[side] == kNone) return;
    __builtin_prefetch(next_.data() + next_[side]);
    __builtin_prefetch(faces_.data() + next_[side]);
    __builtin_prefetch(states_.data() + next_[side]);
  }

  void take(std::uint32_t side) {
    const bool waits = states_[side] == State::kWaits;
    states_[side] = State::kIdle;
    if (!waits || !is_alive(side / 3)) return;
    const std::int32_t one = faces_[side], two = faces_[following(side)];
    Plan plan;
    const bool known = make_plan(one, two, plan);
    if (known && bucket_of(plan.cost) > bucket_) return put(side, bucket_of(plan.cost));
    if (known && !(plan.error <= rules_.most_error * rules_.most_error)) return;
    if (known && is_sound(plan)) return collapse(plan);
    if (vertices_[one].fixed && vertices_[two].fixed) return;
    if (bucket_ + kLater < bucket_of(kHopeless)) put(side, bucket_ + kLater);
  }

  // Leaves one side waiting of an edge that was two: the first, and at once if none did.
  void settle(std::int32_t one, std::int32_t two) {
    const Vertex &v = vertices_[one];
    std::size_t first = kNone, first_waiting = kNone;
    for (std::uint32_t i = 0; i < v.count; ++i) {
      const std::size_t side = side_between(fans_[v.first + i], one, two);
      if (side == kNone) continue;
      first = std::min(first, side);
      if (states_[side] != State::kWaits) continue;
      if (first_waiting != kNone) states_[std::max(first_waiting, side)] = State::kStale;
      first_waiting = std::min(first_waiting, side);
    }
    if (first_waiting != kNone || first == kNone || (v.fixed && vertices_[two].fixed)) return;
    if (states_[first] == State::kStale)
      states_[first] = State::kWaits;
    else
      put(first, bucket_);
  }

  std::size_t side_between(std::size_t face, std::int32_t one, std::int32_t two) const {
    const std::int32_t *c = corners(face);
    if ((c[0] == one && c[1] == two) || (c[0] == two && c[1] == one)) return 3 * face;
    if ((c[1] == one && c[2] == two) || (c[1] == two && c[2] == one)) return 3 * face + 1;
    if ((c[2] == one && c[0] == two) || (c[2] == two && c[0] == one)) return 3 * face + 2;
    return kNone;
  }

  // --- One collapse --------------------------------------------------------------------------------------------------

  // Drops dead triangles from the fan.
  void tidy(Vertex &v) {
    std::uint32_t kept = 0;
    for (std::uint32_t i = 0; i < v.count; ++i)
      if (is_alive(fans_[v.first + i])) fans_[v.first + kept++] = fans_[v.first + i];
    v.count = kept;
  }

  bool make_plan(std::int32_t one, std::int32_t two, Plan &plan) const {
    const Vertex &u = vertices_[one], &v = vertices_[two];
    if (u.count > kMostFan || v.count > kMostFan) return false;
    bool may_go = !u.fixed && (!u.border || v.border), may_come = !v.fixed && (!v.border || u.border);
    plan.pairs = 0;
    if (has_wedges() && !match_wedges(one, two, plan, may_go, may_come)) return false;
    if (!may_go && !may_come) return false;
    Quadric sum = u.sum;
    sum.add(v.sum);
    plan.moves = may_go && may_come && !rules_.keep_positions;
    plan.from = one;
    plan.to = two;
    double found;
    if (plan.moves) {
      const Quadric best = reduced(sum, plan);
      plan.at = best.least((u.at + v.at) * 0.5);
      found = best.at(plan.at);
    } else {
      const double to_two = may_go ? valued(sum, plan, v.at, false) : 0;
      const double to_one = may_come ? valued(sum, plan, u.at, true) : 0;
      const bool turn = may_come && (!may_go || to_one < to_two);
      if (turn) swap(plan);
      plan.at = turn ? u.at : v.at;
      found = turn ? to_one : to_two;
    }
    found = found > 0 ? found : 0;
    const double area = u.area + v.area;
    const Point along = u.at - v.at;
    plan.error = area > 0 ? found / area : 0;
    plan.cost = found + kShape * area * dot(along, along);
    return true;
  }

  static void swap(Plan &plan) {
    std::swap(plan.from, plan.to);
    for (std::size_t i = 0; i < plan.pairs; ++i) std::swap(plan.wedges[i].gone, plan.wedges[i].kept);
  }

  // Pairs the wedges that the vanishing triangles have at both ends; forbids ends to go whose other wedges would be lost.
  bool match_wedges(std::int32_t one, std::int32_t two, Plan &plan, bool &may_go, bool &may_come) const {
    const Vertex &u = vertices_[one], &v = vertices_[two];
    for (std::uint32_t i = 0; i < u.count; ++i) {
      const std::size_t f = fans_[u.first + i];
      if (!is_alive(f) || !has(f, two)) continue;
      const Pair pair = {wedge_of(f, one), wedge_of(f, two)};
      if (plan.pairs == 1 && plan.wedges[0].gone == pair.gone && plan.wedges[0].kept == pair.kept) continue;
      if (plan.pairs == 2 || classes_[pair.gone] != classes_[pair.kept]) return false;
      plan.wedges[plan.pairs++] = pair;
    }
    if (plan.pairs == 0) return false;
    if (plan.pairs == 2 && is_before(plan.wedges[1], plan.wedges[0])) std::swap(plan.wedges[0], plan.wedges[1]);
    const bool forks = plan.pairs == 2 && plan.wedges[0].gone == plan.wedges[1].gone;
    const bool joins = plan.pairs == 2 && plan.wedges[0].kept == plan.wedges[1].kept;
    may_go = may_go && !forks && covers(u, one, plan, true);
    may_come = may_come && !joins && covers(v, two, plan, false);
    return true;
  }

  // An order of sums that does not depend on what was before.
  static bool is_before(const Pair &a, const Pair &b) { return a.gone != b.gone ? a.gone < b.gone : a.kept < b.kept; }

  bool has(std::size_t face, std::int32_t vertex) const {
    const std::int32_t *c = corners(face);
    return c[0] == vertex || c[1] == vertex || c[2] == vertex;
  }

  bool covers(const Vertex &v, std::int32_t vertex, const Plan &plan, bool gone) const {
    for (std::uint32_t i = 0; i < v.count; ++i) {
      const std::size_t f = fans_[v.first + i];
      if (!is_alive(f)) continue;
      const std::int32_t wedge = wedge_of(f, vertex);
      bool found = false;
      for (std::size_t p = 0; p < plan.pairs; ++p)
        found = found || wedge == (gone ? plan.wedges[p].gone : plan.wedges[p].kept);
      if (!found) return false;
    }
    return true;
  }

  // The sum when each merged wedge has the values that are best wherever the vertex comes to lie.
  Quadric reduced(Quadric sum, const Plan &plan) const {
    for (std::size_t p = 0; p < plan.pairs; ++p) {
      const double area = areas_[plan.wedges[p].gone] + areas_[plan.wedges[p].kept];
      if (!(area > 0)) continue;
      for (std::size_t k = 0; k < each_; ++k) {
        const Gradient g = merged(plan.wedges[p], k);
        sum.add_plane(g.slope, g.start, -1 / area);
      }
    }
    return sum;
  }

  Gradient merged(const Pair &pair, std::size_t k) const {
    const Gradient &a = sums_[pair.gone * each_ + k], &b = sums_[pair.kept * each_ + k];
    return {a.slope + b.slope, a.start + b.start};
  }

  // The sum where one end stays with its values. Wedges of the end that stays and have no pair count nothing.
  double valued(const Quadric &sum, const Plan &plan, const Point &at, bool turned) const {
    double total = sum.at(at);
    std::int32_t before = -1;
    for (std::size_t p = 0; p < plan.pairs; ++p) {
      const Pair &pair = plan.wedges[p];
      const std::int32_t gone = turned ? pair.kept : pair.gone, kept = turned ? pair.gone : pair.kept;
      total += squares(gone, kept, at);
      if (kept != before) total += squares(kept, kept, at);  // two may pass into one
      before = kept;
    }
    return total;
  }

  // What the sum misses where a wedge has the values of `kept`.
  double squares(std::int32_t wedge, std::int32_t kept, const Point &at) const {
    double total = 0;
    for (std::size_t k = 0; k < each_; ++k) {
      const Gradient &g = sums_[wedge * each_ + k];
      const double value = values_[kept * each_ + k];
      total += areas_[wedge] * value * value - 2 * value * (dot(g.slope, at) + g.start);
    }
    return total;
  }

  bool is_sound(const Plan &plan) {
    Vertex &u = vertices_[plan.from], &v = vertices_[plan.to];
    tidy(u);
    tidy(v);
    if (u.count + v.count > kMostFan) return false;
    return links_agree(plan) && stays_upright(u, plan.from, plan.to, plan.at) &&
           (!plan.moves || stays_upright(v, plan.to, plan.from, plan.at));
  }

  bool links_agree(const Plan &plan) const {
    const Vertex &u = vertices_[plan.from], &v = vertices_[plan.to];
    std::int32_t tips[2], around[2 * kMostFan];
    std::size_t dying = 0, known = 0;
    for (std::uint32_t i = 0; i < u.count; ++i) {
      const std::int32_t *c = corners(fans_[u.first + i]);
      bool dies = false;
      for (int k = 0; k < 3; ++k) dies = dies || c[k] == plan.to;
      if (dies && dying == 2) return false;
      if (dies) tips[dying++] = tip(fans_[u.first + i], plan);
      for (int k = 0; k < 3; ++k)
        if (c[k] != plan.from && c[k] != plan.to) add_new(around, known, c[k]);
    }
    if (dying != (u.border ? 1U : 2U) || (u.count == 1 && is_last(v, tips[0], plan.from))) return false;
    return common(v, plan, around, known) == dying && !closes(plan, tips, dying);
  }

  // Whether no other triangle has the edge from the vertex to the tip: the edge would vanish with its triangle.
  bool is_last(const Vertex &v, std::int32_t tip, std::int32_t from) const {
    for (std::uint32_t i = 0; i < v.count; ++i)
      if (has(fans_[v.first + i], tip) && !has(fans_[v.first + i], from)) return false;
    return true;
  }

  static void add_new(std::int32_t *list, std::size_t &count, std::int32_t value) {
    for (std::size_t i = 0; i < count; ++i)
      if (list[i] == value) return;
    list[count++] = value;
  }

  // How many of the list are neighbours of the vertex that stays.
  std::size_t common(const Vertex &v, const Plan &plan, std::int32_t *list, std::size_t count) const {
    std::size_t met = 0;
    for (std::uint32_t i = 0; i < v.count; ++i) {
      const std::int32_t *c = corners(fans_[v.first + i]);
      for (int k = 0; k < 3; ++k) {
        if (c[k] == plan.from || c[k] == plan.to) continue;
        for (std::size_t j = met; j < count; ++j)
          if (list[j] == c[k]) std::swap(list[j], list[met++]);
      }
    }
    return met;
  }

  // Whether both ends have a triangle with the two tips: what would be left has no inside.
  bool closes(const Plan &plan, const std::int32_t *tips, std::size_t count) const {
    if (count < 2) return false;
    return has_triangle(vertices_[plan.from], tips) && has_triangle(vertices_[plan.to], tips);
  }

  bool has_triangle(const Vertex &v, const std::int32_t *tips) const {
    for (std::uint32_t i = 0; i < v.count; ++i)
      if (has(fans_[v.first + i], tips[0]) && has(fans_[v.first + i], tips[1])) return true;
    return false;
  }

  // Whether the triangles that survive still face the way they did when the vertex is moved.
  bool stays_upright(const Vertex &v, std::int32_t vertex, std::int32_t other, const Point &at) const {
    for (std::uint32_t i = 0; i < v.count; ++i) {
      const std::size_t f = fans_[v.first + i];
      if (has(f, other)) continue;
      const int k = corner(f, vertex);
      const Point &a = vertices_[corners(f)[(k + 1) % 3]].at, &b = vertices_[corners(f)[(k + 2) % 3]].at;
      const Point side = b - a, before = cross(side, v.at - a), after = cross(side, at - a);
      const double lean = dot(before, after), was = dot(before, before), is = dot(after, after);
      if (was > 0 && !(lean > 0 && lean * lean > kTurn * kTurn * was * is)) return false;
    }
    return true;
  }

  void collapse(const Plan &plan) {
    Vertex &u = vertices_[plan.from], &v = vertices_[plan.to];
    error_ = std::max(error_, plan.error);
    if (plan.pairs > 0) merge_wedges(plan);
    v.sum.add(u.sum);
    v.area += u.area;
    if (plan.moves) {
      v.at = plan.at;
      v.moved = true;
    }
    hand_over(u, v, plan);
  }

  void merge_wedges(const Plan &plan) {
    for (std::size_t p = 0; p < plan.pairs; ++p) {
      const Pair &pair = plan.wedges[p];
      if (pair.gone == pair.kept) continue;
      areas_[pair.kept] += areas_[pair.gone];
      for (std::size_t k = 0; k < each_; ++k) {
        Gradient &g = sums_[pair.kept * each_ + k];
        g = merged(pair, k);
        if (plan.moves && areas_[pair.kept] > 0)
          values_[pair.kept * each_ + k] = (dot(g.slope, plan.at) + g.start) / areas_[pair.kept];
      }
    }
  }

  // Gives the triangles of the vertex that goes to the one that stays; those of both vanish.
  void hand_over(Vertex &u, Vertex &v, const Plan &plan) {
    std::uint32_t list[kMostFan];
    std::int32_t tips[2];
    std::uint32_t count = 0, dying = 0;
    for (std::uint32_t i = 0; i < v.count; ++i) {
      const std::uint32_t f = fans_[v.first + i];
      if (!has(f, plan.from)) list[count++] = f;
    }
    for (std::uint32_t i = 0; i < u.count; ++i) {
      const std::uint32_t f = fans_[u.first + i];
      if (has(f, plan.to)) {
        tips[dying++] = tip(f, plan);
        kill(f);
        --alive_;
        continue;
      }
      rename(f, plan);
      list[count++] = f;
    }
    if (count > v.count) {
      if (fans_.size() > kNone - count) throw std::length_error("too many triangles");
      v.first = std::uint32_t(fans_.size());
      fans_.extend(count);
    }
    std::copy(list, list + count, fans_.data() + v.first);
    v.count = count;
    u.count = 0;
    if (dying == 2 && tips[1] < tips[0]) std::swap(tips[0], tips[1]);
    for (std::uint32_t i = 0; i < dying; ++i) settle(plan.to, tips[i]);
  }

  std::int32_t tip(std::size_t face, const Plan &plan) const {
    const std::int32_t *c = corners(face);
    return c[0] ^ c[1] ^ c[2] ^ plan.from ^ plan.to;
  }

  void rename(std::size_t face, const Plan &plan) {
    const int at = corner(face, plan.from);
    faces_[3 * face + at] = plan.to;
    for (std::size_t p = 0; p < plan.pairs; ++p)
      if (wedges_[3 * face + at] == plan.wedges[p].gone) {
        wedges_[3 * face + at] = plan.wedges[p].kept;
        break;
      }
  }

  Rules rules_;
  std::size_t alive_ = 0;
  double error_ = 0;
  Block<Vertex> vertices_;
  Block<std::int32_t> faces_;   // first corner -1: dead
  Block<std::int32_t> wedges_;  // of the corners
  Block<std::int32_t> classes_;
  Block<double> values_, areas_;
  Block<Gradient> sums_;
  std::size_t each_ = 0;
  Block<std::uint32_t> fans_;
  Block<std::uint32_t> heads_, next_;  // sides
  Block<State> states_;
  std::size_t bucket_ = 0;
};

}  // namespace outfeed
