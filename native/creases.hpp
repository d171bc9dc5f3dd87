// Normals for drawing: smooth across an edge where its faces lean from each other by less than a crease, else sharp. A
// vertex becomes several where it has several normals.
//
// Around a place the corners whose faces come together across smooth edges share one normal: the sum of their faces'
// normals, each as long as twice the area of its face. Vertices at one place of one element are one there, so that
// seams of textures and colours do not show. It is the method of smoothing groups, found from angles.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <stdexcept>

#include "block.hpp"
#include "point_hash.hpp"

namespace outfeed {

class Creases {
 public:
  // `points`: three numbers for each vertex; `crease`: the cosine.
  Creases(const std::int32_t *points, const std::int32_t *elements, const std::int32_t *faces, double crease)
      : points_(points), elements_(elements), faces_(faces), crease_(crease) {}

  void find(std::size_t vertices, std::size_t face_count) {
    count_ = 3 * face_count;
    for (std::size_t i = 0; i < count_; ++i)
      if (faces_[i] < 0 || std::size_t(faces_[i]) >= vertices) throw std::invalid_argument("a face names no vertex");
    find_places(vertices);
    find_face_normals();
    list_corners(vertices);
    std::fill_n(corners.extend(3 * face_count), 3 * face_count, 0);
    for (std::size_t v = 0; v < vertices; ++v)
      if (starts_[v] < starts_[v + 1]) shade(users_.data() + starts_[v], std::size_t(starts_[v + 1] - starts_[v]));
  }

  // New vertices are in the order of their places, at a place by vertex, then by normal.
  Block<std::int32_t> rows;     // the vertex that each new one was
  Block<std::int8_t> normals;   // for each new vertex x, y, z as shares of 127, and 0
  Block<std::int32_t> corners;  // the new vertex of each corner

 private:
  // Corners at a place that are compared with each other; more are sorted.
  static constexpr std::size_t kFew = 16;

  struct Side {
    std::int32_t place;  // at the other end
    std::int32_t corner;  // of those at the place
  };
  struct Made {
    std::uint64_t key;  // vertex and normal
    std::int32_t corner;
  };

  // Vertices with one point and one element are one place, which has the number of the first of them.
  void find_places(std::size_t vertices) {
    const PointHash<double> hash;
    const std::size_t slots = 2 * vertices + 1;
    Block<std::int32_t> table;
    std::fill_n(table.extend(slots), slots, -1);
    std::int32_t *out = place_.extend(vertices);
    for (std::size_t v = 0; v < vertices; ++v) {
      const std::int32_t *p = points_ + 3 * v;
      std::size_t slot = PointHash<double>::place(hash({{pair(p[0], p[1]), pair(p[2], elements_[v]), 0, 0}}), slots);
      while (table[slot] >= 0 && !together(v, std::size_t(table[slot]))) slot = slot + 1 == slots ? 0 : slot + 1;
      if (table[slot] < 0) table[slot] = std::int32_t(v);
      out[v] = table[slot];
    }
  }

  bool together(std::size_t v, std::size_t w) const {
    return std::equal(points_ + 3 * v, points_ + 3 * v + 3, points_ + 3 * w) && elements_[v] == elements_[w];
  }

  // Perpendicular to each face, and the length of that.
  void find_face_normals() {
    double *out = face_normals_.extend(4 * (count_ / 3));
    for (std::size_t i = 0; i < count_; i += 3, out += 4) {
      double at[3][3];
      for (int c = 0; c < 3; ++c)
        for (int k = 0; k < 3; ++k) at[c][k] = double(points_[3 * std::size_t(faces_[i + c]) + k]);
      double u[3], v[3];
      for (int k = 0; k < 3; ++k) u[k] = at[1][k] - at[0][k], v[k] = at[2][k] - at[0][k];
      out[0] = u[1] * v[2] - u[2] * v[1];
      out[1] = u[2] * v[0] - u[0] * v[2];
      out[2] = u[0] * v[1] - u[1] * v[0];
      out[3] = std::sqrt(out[0] * out[0] + out[1] * out[1] + out[2] * out[2]);
    }
  }

  // The corners at each place, in order: those of `v` are users_[starts_[v]] to users_[starts_[v + 1]].
  void list_corners(std::size_t vertices) {
    std::int32_t *first = starts_.extend(vertices + 2);
    std::fill_n(first, vertices + 2, 0);
    for (std::size_t i = 0; i < count_; ++i) ++first[place_[faces_[i]] + 2];
    for (std::size_t v = 2; v < vertices + 2; ++v) first[v] += first[v - 1];
    std::int32_t *out = users_.extend(count_);
    for (std::size_t i = 0; i < count_; ++i) out[first[place_[faces_[i]] + 1]++] = std::int32_t(i);
  }

  // `users`: the corners at a place.
  void shade(const std::int32_t *users, std::size_t count) {
    sides_.shrink(0);
    groups_.shrink(0);
    Side *sides = sides_.extend(2 * count);
    std::int32_t *groups = groups_.extend(count);
    for (std::size_t i = 0; i < count; ++i) {
      const std::int32_t corner = users[i], turn = corner % 3;
      sides[2 * i] = {place_[faces_[turn == 2 ? corner - 2 : corner + 1]], std::int32_t(i)};
      sides[2 * i + 1] = {place_[faces_[turn == 0 ? corner + 2 : corner - 1]], std::int32_t(i)};
      groups[i] = std::int32_t(i);
    }
    count > kFew ? join_many(users) : join_few(users, count);
    sums_.shrink(0);
    std::fill_n(sums_.extend(3 * count), 3 * count, 0.0);
    for (std::size_t i = 0; i < count; ++i) {
      double *sum = sums_.data() + 3 * root(std::int32_t(i));
      const double *normal = face_normals_.data() + 4 * (users[i] / 3);
      for (int k = 0; k < 3; ++k) sum[k] += normal[k];
    }
    number(users, count);
  }

  // Joins the corners whose faces come together across a smooth edge: of those with one place at the other end, each and
  // the next.
  void join_many(const std::int32_t *users) {
    std::sort(sides_.data(), sides_.data() + sides_.size(), [](const Side &a, const Side &b) {
      return a.place != b.place ? a.place < b.place : a.corner < b.corner;
    });
    for (std::size_t i = 1; i < sides_.size(); ++i)
      if (sides_[i - 1].place == sides_[i].place) join_smooth(users, sides_[i - 1].corner, sides_[i].corner);
  }

  // The same, quicker where there are few: by looking for the next.
  void join_few(const std::int32_t *users, std::size_t count) {
    const Side *sides = sides_.data();
    for (std::size_t s = 0; s < 2 * count; ++s) {
      for (std::size_t other = (s | 1) + 1; other < 2 * count; ++other) {
        if (sides[other].place != sides[s].place) continue;
        join_smooth(users, sides[s].corner, sides[other].corner);
        break;
      }
    }
  }

  void join_smooth(const std::int32_t *users, std::int32_t a, std::int32_t b) {
    if (smooth(users[a] / 3, users[b] / 3)) join(a, b);
  }

  // Gives each corner at a place its new vertex: one for each pair of a vertex and a normal.
  void number(const std::int32_t *users, std::size_t count) {
    made_.shrink(0);
    bool alike = true;
    for (std::size_t i = 0; i < count; ++i) {
      const std::int32_t first = root(std::int32_t(i));
      // The root of a group is its first corner, so that its normal is there.
      const std::uint32_t normal = std::size_t(first) == i ? packed(sums_.data() + 3 * i) : std::uint32_t(made_[first].key);
      made_.push({pair(std::int32_t(normal), faces_[users[i]]), users[i]});
      alike &= made_[i].key == made_[0].key;
    }
    if (!alike) sort_made(count);
    for (std::size_t i = 0; i < count; ++i) {
      if (i == 0 || made_[i].key != made_[i - 1].key) {
        rows.push(std::int32_t(made_[i].key >> 32));
        const auto normal = std::uint32_t(made_[i].key);
        std::memcpy(normals.extend(sizeof(normal)), &normal, sizeof(normal));
      }
      corners[made_[i].corner] = std::int32_t(rows.size() - 1);
    }
  }

  void sort_made(std::size_t count) {
    const auto before = [](const Made &a, const Made &b) { return a.key < b.key; };
    if (count > kFew) {
      std::sort(made_.data(), made_.data() + count, before);
      return;
    }
    for (std::size_t i = 1; i < count; ++i) {
      const Made made = made_[i];
      std::size_t place = i;
      for (; place > 0 && before(made, made_[place - 1]); --place) made_[place] = made_[place - 1];
      made_[place] = made;
    }
  }

  bool smooth(std::int32_t one, std::int32_t other) const {
    const double *a = face_normals_.data() + 4 * std::size_t(one), *b = face_normals_.data() + 4 * std::size_t(other);
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2] >= crease_ * (a[3] * b[3]);
  }

  std::int32_t root(std::int32_t i) {
    while (groups_[i] != i) i = groups_[i] = groups_[groups_[i]];
    return i;
  }

  void join(std::int32_t a, std::int32_t b) {
    a = root(a), b = root(b);
    groups_[std::max(a, b)] = std::min(a, b);
  }

  // The nearest whole number of one of at most 2^31, the even one of two: what is larger has no room for a fraction.
  static double rounded(double value) {
    constexpr double kWhole = 0x1.8p52;
    return (value + kWhole) - kWhole;
  }

  // A normal in four bytes; one without a direction points up.
  static std::uint32_t packed(const double *sum) {
    const double length = std::sqrt(sum[0] * sum[0] + sum[1] * sum[1] + sum[2] * sum[2]);
    if (!(length > 0)) return 127u << 16;
    std::uint32_t bytes = 0;
    for (int k = 0; k < 3; ++k) bytes |= std::uint32_t(std::uint8_t(std::int8_t(rounded(sum[k] / length * 127)))) << 8 * k;
    return bytes;
  }

  static std::uint64_t pair(std::int32_t low, std::int32_t high) {
    return std::uint64_t(std::uint32_t(low)) | std::uint64_t(std::uint32_t(high)) << 32;
  }

  const std::int32_t *points_, *elements_, *faces_;
  double crease_;
  std::size_t count_ = 0;
  Block<std::int32_t> place_, starts_, users_, groups_;
  Block<double> face_normals_, sums_;
  Block<Side> sides_;
  Block<Made> made_;
};

}  // namespace outfeed
