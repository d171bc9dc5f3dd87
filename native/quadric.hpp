// Sums of squared distances to planes, after Garland and Heckbert, "Surface Simplification Using Quadric Error Metrics"
// (SIGGRAPH 1997).
#pragma once

#include <cmath>
#include <cstdint>

namespace outfeed {

struct Point {
  double x, y, z;
};

inline Point operator+(const Point &a, const Point &b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
inline Point operator-(const Point &a, const Point &b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
inline Point operator*(const Point &a, double s) { return {a.x * s, a.y * s, a.z * s}; }
inline double dot(const Point &a, const Point &b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
inline Point cross(const Point &a, const Point &b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}

// Of a point p: p^T A p + 2 b^T p + c, A symmetric.
struct Quadric {
  double xx, xy, xz, yy, yz, zz;
  Point b;
  double c;

  // The squares of n . p + d, `weight` times.
  void add_plane(const Point &n, double d, double weight) {
    const Point m = n * weight;
    xx += m.x * n.x;
    xy += m.x * n.y;
    xz += m.x * n.z;
    yy += m.y * n.y;
    yz += m.y * n.z;
    zz += m.z * n.z;
    b = b + m * d;
    c += weight * d * d;
  }

  void add(const Quadric &q) {
    xx += q.xx;
    xy += q.xy;
    xz += q.xz;
    yy += q.yy;
    yz += q.yz;
    zz += q.zz;
    b = b + q.b;
    c += q.c;
  }

  Point times(const Point &p) const {
    return {xx * p.x + xy * p.y + xz * p.z, xy * p.x + yy * p.y + yz * p.z, xz * p.x + yz * p.y + zz * p.z};
  }

  double at(const Point &p) const { return dot(p, times(p)) + 2 * dot(b, p) + c; }

  // Where it is least. A pull towards `start` decides where planes leave a direction open, and is too weak to matter else.
  Point least(const Point &start) const {
    constexpr double kPull = 1e-5;
    const double pull = (xx + yy + zz) * kPull;
    const Point r = times(start) + b;
    const double a = xx + pull, e = yy + pull, f = zz + pull;
    const double m0 = e * f - yz * yz, m1 = xz * yz - xy * f, m2 = xy * yz - xz * e;
    const double m4 = a * f - xz * xz, m5 = xy * xz - a * yz, m8 = a * e - xy * xy;
    const double volume = a * m0 + xy * m1 + xz * m2;
    if (!(volume > 0)) return start;
    const Point step = {m0 * r.x + m1 * r.y + m2 * r.z, m1 * r.x + m4 * r.y + m5 * r.z, m2 * r.x + m5 * r.y + m8 * r.z};
    return start - step * (1 / volume);
  }
};

}  // namespace outfeed
