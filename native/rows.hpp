// Lines of OBJ, OFF and ASCII STL from arrays.
#pragma once

#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>

#include "block.hpp"
#include "facets.hpp"
#include "text.hpp"

namespace outfeed {

// Text that grows row by row.
class Rows {
 public:
  // Returns where the next row begins; there is room for `most` bytes.
  char *begin(std::size_t most) {
    const std::size_t size = text_.size();
    std::uint8_t *row = text_.extend(most);
    text_.shrink(size);
    return reinterpret_cast<char *>(row);
  }
  // Takes the row that ends here.
  void end(const char *row_end) {
    text_.shrink(std::size_t(reinterpret_cast<const std::uint8_t *>(row_end) - text_.data()));
  }

  Block<std::uint8_t> &block() { return text_; }

 private:
  Block<std::uint8_t> text_;
};

// Copies a word whose size the compiler knows.
template <std::size_t N>
char *put(char *to, const char (&word)[N]) {
  std::memcpy(to, word, N - 1);
  return to + N - 1;
}

inline char *write_number(char *to, float value) { return write_real(to, value); }
inline char *write_number(char *to, double value) { return write_real(to, value); }
inline char *write_number(char *to, std::int32_t value) { return write_integer(to, value); }

// " 1 2 3" and the end of the line.
template <class T>
char *write_reals(char *to, const T *values, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    *to++ = ' ';
    to = write_real(to, values[i]);
  }
  *to++ = '\n';
  return to;
}

// The doubles that the text of these floats is read as.
inline void write_as_doubles(const float *values, std::size_t count, double *out) {
  char text[kRealRoom];
  for (std::size_t i = 0; i < count; ++i) {
    const char *first = text, *last = write_real(text, values[i]);
    if (!std::isfinite(values[i]) || !read_real(first, last, out[i]))
      throw std::invalid_argument("a number that is not finite");
  }
}

// "v 1 2 3" for each row.
template <class T>
void write_points(Rows &rows, const std::string &word, const T *values, std::size_t count, std::size_t width) {
  const std::size_t most = word.size() + width * (kRealRoom + 1) + 1;
  for (std::size_t i = 0; i < count; ++i) {
    char *to = rows.begin(most);
    std::memcpy(to, word.data(), word.size());
    rows.end(write_reals(to + word.size(), values + i * width, width));
  }
}

// "1 2 3" for each row.
template <class T>
void write_table(Rows &rows, const T *values, std::size_t count, std::size_t width) {
  const std::size_t most = width * (kRealRoom + 1) + 1;
  for (std::size_t i = 0; i < count; ++i) {
    char *to = rows.begin(most);
    for (std::size_t k = 0; k < width; ++k) {
      if (k != 0) *to++ = ' ';
      to = write_number(to, values[i * width + k]);
    }
    *to++ = '\n';
    rows.end(to);
  }
}

// "f 1 2 3", or "f 1/4 2/5 3" with texture coordinates; `uvs` may be null.
inline void write_faces(Rows &rows, const std::int32_t *faces, const std::int32_t *uvs, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    char *to = rows.begin(2 + 3 * 2 * (1 + kIntegerRoom));
    *to++ = 'f';
    for (std::size_t c = 3 * i; c < 3 * i + 3; ++c) {
      *to++ = ' ';
      to = write_integer(to, std::int64_t(faces[c]) + 1);
      if (uvs == nullptr || uvs[c] < 0) continue;
      *to++ = '/';
      to = write_integer(to, std::int64_t(uvs[c]) + 1);
    }
    *to++ = '\n';
    rows.end(to);
  }
}

// The lines "vertex 1 2 3" of the vertices that were used last: the next faces mostly name them again.
template <class T>
class VertexLines {
  static constexpr std::size_t kSlots = 2048;
  static constexpr std::size_t kLineMost = 96;  // three numbers have 24 characters each at the most

 public:
  static constexpr std::size_t kRoom = kLineMost;

  explicit VertexLines(const T *vertices) : vertices_(vertices) {
    slots_.extend(kSlots);
    for (std::size_t i = 0; i < kSlots; ++i) slots_[i].vertex = -1;
  }

  // Writes the line of a vertex; all of `kRoom` may be written into.
  char *write(char *to, std::int32_t vertex) {
    const Slot &slot = slot_of(vertex);
    std::memcpy(to, slot.text, kLineMost);
    return to + slot.size;
  }

  // Gives the position that the line is read as.
  void read(std::int32_t vertex, double *point) { std::memcpy(point, slot_of(vertex).point, 3 * sizeof(double)); }

 private:
  struct Slot {
    std::int32_t vertex, size;
    double point[3];
    char text[kLineMost + kRealRoom];
  };

  const Slot &slot_of(std::int32_t vertex) {
    Slot &slot = slots_[std::size_t(vertex) % kSlots];
    if (slot.vertex != vertex) fill(slot, vertex);
    return slot;
  }

  void fill(Slot &slot, std::int32_t vertex) {
    const T *position = vertices_ + std::size_t(vertex) * 3;
    const char *end = write_reals(put(slot.text, "vertex"), position, 3);
    slot.vertex = vertex;
    slot.size = std::int32_t(end - slot.text);
    if constexpr (sizeof(T) == sizeof(double)) {
      std::memcpy(slot.point, position, sizeof(slot.point));
    } else {
      const char *p = slot.text + sizeof("vertex");
      for (double &value : slot.point) {
        read_real(p, end, value);
        ++p;  // the blank
      }
    }
  }

  const T *vertices_;
  Block<Slot> slots_;
};

// One facet of ASCII STL for each face; its normal is of the numbers as they are read. All corners are vertices.
template <class T>
void write_facets(Rows &rows, const T *vertices, const std::int32_t *faces, std::size_t count) {
  VertexLines<T> lines(vertices);
  for (const std::int32_t *face = faces; face != faces + count * 3; face += 3) {
    double corners[9];
    float normal[3];
    for (int c = 0; c < 3; ++c) lines.read(face[c], corners + c * 3);
    write_normal(corners, normal);
    char *to = put(rows.begin(64 + 3 * (kRealRoom + 1) + 3 * VertexLines<T>::kRoom), "facet normal");
    to = put(write_reals(to, normal, 3), "outer loop\n");
    for (int c = 0; c < 3; ++c) to = lines.write(to, face[c]);
    rows.end(put(to, "endloop\nendfacet\n"));
  }
}

}  // namespace outfeed
