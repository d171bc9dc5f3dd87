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
#include <stdexcept>

#include "block.hpp"
#include "point_hash.hpp"

namespace outfeed {

// Numbers things by keys of three words: equal keys, the same number.
class Numbering {
 public:
  using Key = PointHash<double>::Point;

  explicit Numbering(std::size_t most) : places_(2 * most + 1) {
    std::fill_n(table_.extend(places_), places_, -1);
  }

  // The thing with an equal key, or `candidate` if there is none yet; `key_of` gives the key of a thing.
  template <class KeyOf>
  std::int32_t find_or_add(const Key &key, std::int32_t candidate, const KeyOf &key_of) {
    std::size_t place = PointHash<double>::place(hash_(key), places_);
    for (; table_[place] >= 0; place = place + 1 == places_ ? 0 : place + 1)
      if (equal(key, key_of(table_[place]))) return table_[place];
    return table_[place] = candidate;
  }

 private:
  static bool equal(const Key &a, const Key &b) { return a.bits[0] == b.bits[0] && a.bits[1] == b.bits[1]; }

  PointHash<double> hash_;
  std::size_t places_;
  Block<std::int32_t> table_;
};

class Creases {
 public:
  // `points`: three numbers for each vertex; `crease`: the cosine.
  Creases(const std::int32_t *points, const std::int32_t *elements, const std::int32_t *faces, double crease)
      : points_(points), elements_(elements), faces_(faces), crease_(crease) {}

  void find(std::size_t vertices, std::size_t face_count) {
    corners_ = 3 * face_count;
    for (std::size_t i = 0; i < corners_; ++i)
      if (faces_[i] < 0 || std::size_t(faces_[i]) >= vertices) throw std::invalid_argument("a face names no vertex");
    find_places(vertices);
    find_face_normals();
    list_corners(vertices);
    shade(vertices);
    split();
  }

  Block<std::int32_t> rows;     // the vertex that each new one was, new ones in the order of their first use
  Block<std::int8_t> normals;   // for each new vertex x, y, z as shares of 127, and 0
  Block<std::int32_t> corners;  // the new vertex of each corner

 private:
  struct Side {
    std::int32_t place;  // at the other end
    std::int32_t corner;
  };

  void find_places(std::size_t vertices) {
    Numbering numbers(vertices);
    const auto key_of = [this](std::int32_t v) {
      const std::int32_t *p = points_ + 3 * std::size_t(v);
      return Numbering::Key{{pair(p[0], p[1]), pair(p[2], elements_[v]), 0, 0}};
    };
    std::int32_t *out = place_.extend(vertices);
    for (std::size_t v = 0; v < vertices; ++v)
      out[v] = numbers.find_or_add(key_of(std::int32_t(v)), std::int32_t(v), key_of);
  }

  // Perpendicular to each face, and the length of that.
  void find_face_normals() {
    double *out = face_normals_.extend(4 * (corners_ / 3));
    for (std::size_t i = 0; i < corners_; i += 3, out += 4) {
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
    for (std::size_t i = 0; i < corners_; ++i) ++first[place_[faces_[i]] + 2];
    for (std::size_t v = 2; v < vertices + 2; ++v) first[v] += first[v - 1];
    std::int32_t *out = users_.extend(corners_);
    for (std::size_t i = 0; i < corners_; ++i) out[first[place_[faces_[i]] + 1]++] = std::int32_t(i);
  }

  void shade(std::size_t vertices) {
    std::fill_n(packed_.extend(corners_), corners_, 0u);
    for (std::size_t v = 0; v < vertices; ++v)
      if (starts_[v] < starts_[v + 1]) shade_place(users_.data() + starts_[v], std::size_t(starts_[v + 1] - starts_[v]));
  }

  void shade_place(const std::int32_t *users, std::size_t count) {
    sides_.shrink(0);
    groups_.shrink(0);
    for (std::size_t i = 0; i < count; ++i) {
      const std::int32_t corner = users[i], face = corner - corner % 3;
      for (int step = 1; step < 3; ++step)
        sides_.push({place_[faces_[face + (corner + step) % 3]], std::int32_t(i)});
      groups_.push(std::int32_t(i));
    }
    std::sort(sides_.data(), sides_.data() + sides_.size(), [](const Side &a, const Side &b) {
      return a.place != b.place ? a.place < b.place : a.corner < b.corner;
    });
    for (std::size_t i = 1; i < sides_.size(); ++i) {
      const Side &a = sides_[i - 1], &b = sides_[i];
      if (a.place == b.place && smooth(users[a.corner] / 3, users[b.corner] / 3)) join(a.corner, b.corner);
    }
    sums_.shrink(0);
    std::fill_n(sums_.extend(3 * count), 3 * count, 0.0);
    for (std::size_t i = 0; i < count; ++i)
      for (int k = 0; k < 3; ++k) sums_[3 * root(std::int32_t(i)) + k] += face_normals_[4 * (users[i] / 3) + k];
    for (std::size_t i = 0; i < count; ++i) packed_[users[i]] = packed(sums_.data() + 3 * root(std::int32_t(i)));
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

  // A normal in four bytes; one without a direction points up.
  static std::uint32_t packed(const double *sum) {
    const double length = std::sqrt(sum[0] * sum[0] + sum[1] * sum[1] + sum[2] * sum[2]);
    if (!(length > 0)) return 127u << 16;
    std::uint32_t bytes = 0;
    for (int k = 0; k < 3; ++k) bytes |= std::uint32_t(std::uint8_t(std::int8_t(std::nearbyint(sum[k] / length * 127)))) << 8 * k;
    return bytes;
  }

  void split() {
    Numbering numbers(corners_);
    const auto key_of = [this](std::int32_t row) { return Numbering::Key{{pair(rows[row], of_row_[row]), 0, 0, 0}}; };
    std::int32_t *out = corners.extend(corners_);
    for (std::size_t i = 0; i < corners_; ++i) {
      const auto next = std::int32_t(rows.size());
      out[i] = numbers.find_or_add(Numbering::Key{{pair(faces_[i], std::int32_t(packed_[i])), 0, 0, 0}}, next, key_of);
      if (out[i] != next) continue;
      rows.push(faces_[i]);
      of_row_.push(std::int32_t(packed_[i]));
    }
    std::memcpy(normals.extend(4 * rows.size()), of_row_.data(), 4 * rows.size());
  }

  static std::uint64_t pair(std::int32_t low, std::int32_t high) {
    return std::uint64_t(std::uint32_t(low)) | std::uint64_t(std::uint32_t(high)) << 32;
  }

  const std::int32_t *points_, *elements_, *faces_;
  double crease_;
  std::size_t corners_ = 0;
  Block<std::int32_t> place_, starts_, users_, groups_, of_row_;
  Block<std::uint32_t> packed_;
  Block<double> face_normals_, sums_;
  Block<Side> sides_;
};

}  // namespace outfeed
