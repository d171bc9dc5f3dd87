// Passes over a table of points: extremes, scaling, and the turn between z up and y up.
#pragma once

#include <cmath>
#include <cstddef>
#include <limits>

namespace outfeed {

// Writes the lowest x, y, z and then the highest; NaN in all where any coordinate is not finite, or there is no point.
template <class T>
void write_bounds(const T *points, std::size_t count, double *out) {
  constexpr std::size_t kLanes = 12;  // four points, so that a processor's wide registers are full
  T low[kLanes], high[kLanes], spoilt[kLanes];
  for (std::size_t k = 0; k < kLanes; ++k) {
    low[k] = std::numeric_limits<T>::max(), high[k] = std::numeric_limits<T>::lowest(), spoilt[k] = 0;
  }
  const auto take = [&](const T *values, std::size_t n) {
    for (std::size_t k = 0; k < n; ++k) {
      low[k] = values[k] < low[k] ? values[k] : low[k];
      high[k] = values[k] > high[k] ? values[k] : high[k];
      spoilt[k] += values[k] - values[k];  // NaN of what is not finite, else 0
    }
  };
  std::size_t i = 0;
  for (; i + kLanes <= 3 * count; i += kLanes) take(points + i, kLanes);
  take(points + i, 3 * count - i);
  bool finite = count != 0;
  for (const T value : spoilt) finite = finite && value == 0;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    for (std::size_t k = axis + 3; k < kLanes; k += 3) {
      low[axis] = std::min(low[axis], low[k]), high[axis] = std::max(high[axis], high[k]);
    }
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    out[axis] = finite ? double(low[axis]) + 0.0 : kNone;
    out[axis + 3] = finite ? double(high[axis]) + 0.0 : kNone;
  }
}

// Writes the values times a factor, computed in double and rounded once; no zero has a sign.
template <class T, class U>
void write_scaled(const T *values, std::size_t count, double factor, U *out) {
  for (std::size_t i = 0; i < count; ++i) out[i] = U(double(values[i]) * factor) + U(0);
}

// Writes points that have z up with y up: x, z, -y. No zero has a sign.
template <class T>
void write_y_up(const T *points, std::size_t count, T *out) {
  for (std::size_t i = 0; i < 3 * count; i += 3) {
    const T x = points[i], y = points[i + 1], z = points[i + 2];
    out[i] = x + T(0), out[i + 1] = z + T(0), out[i + 2] = T(0) - y;
  }
}

// Writes points that have y up with z up: x, -z, y. No zero has a sign.
template <class T>
void write_z_up(const T *points, std::size_t count, T *out) {
  for (std::size_t i = 0; i < 3 * count; i += 3) {
    const T x = points[i], y = points[i + 1], z = points[i + 2];
    out[i] = x + T(0), out[i + 1] = T(0) - z, out[i + 2] = y + T(0);
  }
}

}  // namespace outfeed
