// Polygons into triangles: a fan where the polygon is convex, ears cut off where it is not.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

namespace outfeed {

class Triangulator {
  struct Point {
    double x, y;
  };

 public:
  // Triangulates corners 0 .. n-1. Returns false where a fan from corner 0 is right; else `triangles` holds 3 * (n - 2)
  // corner numbers. `at(i)` gives a pointer to x, y, z of a corner.
  template <class At>
  bool cut(std::size_t n, At at, std::vector<std::uint32_t> &triangles) {
    if (budget_ == 0 || !project(n, at) || convex()) return false;
    triangles.clear();
    cut_ears(triangles);
    return true;
  }

 private:
  // Newell's normal says which plane; the two axes that see most of it are kept, turned so that the polygon is counter-clockwise.
  template <class At>
  bool project(std::size_t n, At at) {
    double normal[3] = {0, 0, 0};
    for (std::size_t i = 0; i < n; ++i) {
      const double *a = at(i), *b = at(i + 1 == n ? 0 : i + 1);
      for (int k = 0; k < 3; ++k) {
        const int u = (k + 1) % 3, v = (k + 2) % 3;
        normal[k] += (a[u] - b[u]) * (a[v] + b[v]);
      }
    }
    int axis = 0;
    for (int k = 1; k < 3; ++k)
      if (std::fabs(normal[k]) > std::fabs(normal[axis])) axis = k;
    if (!std::isfinite(normal[axis]) || normal[axis] == 0) return false;
    const int u = (axis + 1) % 3, v = (axis + 2) % 3;
    points_.resize(n);
    for (std::size_t i = 0; i < n; ++i) {
      const double *a = at(i);
      points_[i] = normal[axis] > 0 ? Point{a[u], a[v]} : Point{a[v], a[u]};
    }
    return true;
  }

  static double turn(const Point &a, const Point &b, const Point &c) {
    return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
  }

  bool convex() const {
    const std::size_t n = points_.size();
    for (std::size_t i = 0; i < n; ++i)
      if (turn(points_[i], points_[(i + 1) % n], points_[(i + 2) % n]) < 0) return false;
    return true;
  }

  static bool same(const Point &a, const Point &b) { return a.x == b.x && a.y == b.y; }

  static bool inside(const Point &a, const Point &b, const Point &c, const Point &p) {
    if (same(p, a) || same(p, b) || same(p, c)) return false;
    return turn(a, b, p) >= 0 && turn(b, c, p) >= 0 && turn(c, a, p) >= 0;
  }

  bool ear(std::uint32_t i) {
    --budget_;
    const Point &a = points_[before_[i]], &b = points_[i], &c = points_[after_[i]];
    if (!(turn(a, b, c) > 0)) return false;
    for (std::uint32_t j = after_[after_[i]]; j != before_[i]; j = after_[j]) {
      if (budget_ == 0) return true;
      --budget_;
      if (inside(a, b, c, points_[j])) return false;
    }
    return true;
  }

  // Cuts one ear after the other. A crossing polygon has none at some point, and a polygon may need more tests than one
  // file is granted: then the next corner goes, ear or not, so that there are always n - 2 triangles.
  void cut_ears(std::vector<std::uint32_t> &triangles) {
    const auto n = std::uint32_t(points_.size());
    before_.resize(n);
    after_.resize(n);
    for (std::uint32_t i = 0; i < n; ++i) {
      before_[i] = i == 0 ? n - 1 : i - 1;
      after_[i] = i + 1 == n ? 0 : i + 1;
    }
    std::uint32_t left = n, tried = 0;
    for (std::uint32_t i = 1; left > 3;) {
      if (tried < left && budget_ != 0 && !ear(i)) {
        i = after_[i];
        ++tried;
        continue;
      }
      const std::uint32_t a = before_[i], c = after_[i];
      triangles.insert(triangles.end(), {a, i, c});
      after_[a] = c;
      before_[c] = a;
      i = budget_ != 0 ? after_[c] : c;  // stepping over one neighbour keeps the triangles fat; out of budget: a fan
      --left;
      tried = 0;
      first_ = a;
    }
    triangles.insert(triangles.end(), {before_[first_], first_, after_[first_]});
  }

  std::vector<Point> points_;
  std::vector<std::uint32_t> before_, after_;
  std::uint32_t first_ = 0;
  std::size_t budget_ = 20'000'000;  // tests of corners and points for a whole file: about a tenth of a second
};

}  // namespace outfeed
