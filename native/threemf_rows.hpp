// The rows of a 3MF mesh, read as almost all files write them: empty elements with plain numbers, one after the other.
//
// Whatever looks different is left to a parser of XML, and so is every mistake: what is taken here is well-formed, and
// means the same there.
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>

#include "block.hpp"
#include "text.hpp"

namespace outfeed {

class MeshRows {
 public:
  explicit MeshRows(std::size_t most_triangles) : most_triangles_(std::min(most_triangles, kMost)) {}

  // Both read elements of a name from the beginning of the text, and return the bytes that they used.
  std::size_t read_vertices(std::string_view text, std::string_view name) {
    return read(text, name, [this](const char *p, const char *end) { return vertex(p, end); });
  }
  // A triangle with properties, but without a group, has that of its object; negative: the object has none.
  std::size_t read_triangles(std::string_view text, std::string_view name, std::int64_t group) {
    return read(text, name, [this, group](const char *p, const char *end) { return triangle(p, end, group); });
  }

  void add_points(const double *values, std::size_t count) { add(points_, values, count * 3); }
  void add_corners(const std::int32_t *values, std::size_t count) { add(corners_, values, count * 3); }
  void add_properties(const std::int64_t *values, std::size_t count) { add(properties_, values, count * 5); }

  std::size_t triangles() const { return corners_.size() / 3; }
  // Line ends in all that was used.
  std::size_t lines() const { return lines_; }
  Block<double> &points() { return points_; }
  Block<std::int32_t> &corners() { return corners_; }
  // Face, group, and index of each corner, for each face that has properties of its own.
  Block<std::int64_t> &properties() { return properties_; }

 private:
  static constexpr std::size_t kMost = std::numeric_limits<std::int32_t>::max() / 3;

  template <class T>
  static void add(Block<T> &to, const T *values, std::size_t count) {
    if (count != 0) std::memcpy(to.extend(count), values, count * sizeof(T));
  }

  template <class Take>
  std::size_t read(std::string_view text, std::string_view name, Take take) {
    const char *p = text.data(), *const end = p + text.size();
    for (;;) {
      p = skip_blanks(p, end);
      if (std::size_t(end - p) <= name.size() || *p != '<' || std::memcmp(p + 1, name.data(), name.size()) != 0) break;
      const char *inside = p + 1 + name.size();
      const void *close = std::memchr(inside, '>', std::size_t(end - inside));
      if (close == nullptr) break;
      const char *slash = static_cast<const char *>(close) - 1;
      const std::size_t lines = lines_;
      if (slash < inside || *slash != '/' || !take(inside, slash)) {
        lines_ = lines;
        break;
      }
      p = slash + 2;
    }
    return std::size_t(p - text.data());
  }

  // The blanks of XML.
  const char *skip_blanks(const char *p, const char *end) {
    for (; p != end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'); ++p) lines_ += *p == '\n';
    return p;
  }

  // Moves behind the blanks that must stand before an attribute. `false`: there are none.
  bool before_attribute(const char *&p, const char *end) {
    const char *first = p;
    p = skip_blanks(p, end);
    return p != first;
  }

  // Moves behind `="`.
  bool open(const char *&p, const char *end, char &quote) {
    p = skip_blanks(p, end);
    if (p == end || *p != '=') return false;
    p = skip_blanks(p + 1, end);
    if (p == end || (*p != '"' && *p != '\'')) return false;
    quote = *p++;
    return true;
  }

  static bool real(const char *&p, const char *end, char quote, double &value) {
    const char *digits = p != end && (*p == '-' || *p == '+') ? p + 1 : p;
    // Words such as `inf` are left to the other reader.
    if (digits == end || !(is_digit(*digits) || *digits == '.') || !read_real(p, end, value)) return false;
    return p != end && *p++ == quote;
  }

  static bool index(const char *&p, const char *end, char quote, std::int64_t &value) {
    const char *first = p;
    for (value = 0; p != end && is_digit(*p); ++p) {
      value = value * 10 + (*p - '0');
      if (value > std::numeric_limits<std::int32_t>::max()) return false;
    }
    return p != first && p != end && *p++ == quote;
  }

  bool vertex(const char *p, const char *end) {
    double at[3];
    unsigned seen = 0;
    while (before_attribute(p, end) && p != end) {
      const unsigned axis = unsigned(*p) - 'x';
      char quote;
      if (axis > 2 || (seen & 1u << axis) != 0 || !open(++p, end, quote) || !real(p, end, quote, at[axis])) return false;
      seen |= 1u << axis;
    }
    if (p != end || seen != 7 || points_.size() / 3 > kMost) return false;
    add(points_, at, 3);
    return true;
  }

  enum Slot : unsigned { kV1, kV2, kV3, kP1, kP2, kP3, kPid, kNone };

  static Slot slot_of(const char *&p, const char *end) {
    if (end - p < 3) return kNone;
    const char kind = *p, number = p[1];
    p += 2;
    if (kind == 'p' && number == 'i' && *p == 'd') {
      ++p;
      return kPid;
    }
    if ((kind != 'v' && kind != 'p') || number < '1' || number > '3') return kNone;
    return Slot((kind == 'v' ? kV1 : kP1) + unsigned(number - '1'));
  }

  bool triangle(const char *p, const char *end, std::int64_t group) {
    std::int64_t values[kNone];
    unsigned seen = 0;
    while (before_attribute(p, end) && p != end) {
      const Slot slot = slot_of(p, end);
      char quote;
      if (slot == kNone || (seen & 1u << slot) != 0 || !open(p, end, quote)) return false;
      if (!index(p, end, quote, values[slot])) return false;
      seen |= 1u << slot;
    }
    if (p != end || (seen & 7) != 7 || triangles() >= most_triangles_) return false;
    if ((seen & 1u << kP1) != 0) {
      if ((seen & 1u << kPid) != 0) group = values[kPid];
      const std::int64_t first = values[kP1];
      const std::int64_t second = (seen & 1u << kP2) != 0 ? values[kP2] : first;
      const std::int64_t third = (seen & 1u << kP3) != 0 ? values[kP3] : first;
      const std::int64_t row[5] = {std::int64_t(triangles()), group, first, second, third};
      if (group >= 0) add(properties_, row, 5);
    }
    const std::int32_t corners[3] = {std::int32_t(values[kV1]), std::int32_t(values[kV2]), std::int32_t(values[kV3])};
    add(corners_, corners, 3);
    return true;
  }

  std::size_t most_triangles_;
  std::size_t lines_ = 0;
  Block<double> points_;
  Block<std::int32_t> corners_;
  Block<std::int64_t> properties_;
};

}  // namespace outfeed
