// Lines of OBJ, OFF and ASCII STL from arrays.
#pragma once

#include <cstdint>
#include <cstring>
#include <stdexcept>

#include "text.hpp"
#include "block.hpp"

namespace outfeed {

class Rows {
 public:
  // Makes sure that `room` more bytes fit.
  void need(std::size_t room) {
    text_.extend(room);
    text_.shrink(text_.size() - room);
  }
  void put(const char *text) {
    const std::size_t size = std::strlen(text);
    std::memcpy(text_.extend(size), text, size);
  }
  template <class T>
  void put_real(T value) {
    char *to = at_end(kRealRoom);
    grown(write_real(to, value));
  }
  void put_integer(std::int64_t value) {
    char *to = at_end(24);
    grown(std::to_chars(to, to + 24, value).ptr);
  }
  template <class T>
  void put_reals(const T *values, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      put(" ");
      put_real(values[i]);
    }
    put("\n");
  }
  void put_number(float value) { put_real(value); }
  void put_number(double value) { put_real(value); }
  void put_number(std::int32_t value) { put_integer(value); }
  Block<std::uint8_t> &block() { return text_; }

 private:
  char *at_end(std::size_t room) {
    need(room);
    return reinterpret_cast<char *>(text_.data()) + text_.size();
  }
  void grown(const char *end) { text_.shrink(std::size_t(end - reinterpret_cast<char *>(text_.data()))); }

  Block<std::uint8_t> text_;
};

// The doubles that the text of these floats is read as.
inline void write_as_doubles(const float *values, std::size_t count, double *out) {
  char text[kRealRoom];
  for (std::size_t i = 0; i < count; ++i) {
    const char *first = text, *last = write_real(text, values[i]);
    if (!read_real(first, last, out[i])) throw std::invalid_argument("a number that is not finite");
  }
}

// "v 1 2 3" for each row.
template <class T>
void write_points(Rows &rows, const char *word, const T *values, std::size_t count, std::size_t width) {
  for (std::size_t i = 0; i < count; ++i) {
    rows.put(word);
    rows.put_reals(values + i * width, width);
  }
}

// "1 2 3" for each row.
template <class T>
void write_table(Rows &rows, const T *values, std::size_t count, std::size_t width) {
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t k = 0; k < width; ++k) {
      if (k != 0) rows.put(" ");
      rows.put_number(values[i * width + k]);
    }
    rows.put("\n");
  }
}

// "f 1 2 3", or "f 1/4 2/5 3" with texture coordinates; `uvs` may be null.
inline void write_faces(Rows &rows, const std::int32_t *faces, const std::int32_t *uvs, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    rows.put("f");
    for (std::size_t c = 3 * i; c < 3 * i + 3; ++c) {
      rows.put(" ");
      rows.put_integer(std::int64_t(faces[c]) + 1);
      if (uvs == nullptr || uvs[c] < 0) continue;
      rows.put("/");
      rows.put_integer(std::int64_t(uvs[c]) + 1);
    }
    rows.put("\n");
  }
}

// One facet of ASCII STL for each nine numbers of `corners` and three of `normals`.
template <class T>
void write_facets(Rows &rows, const T *corners, const float *normals, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    rows.put("facet normal");
    rows.put_reals(normals + i * 3, 3);
    rows.put("outer loop\n");
    for (std::size_t c = 0; c < 3; ++c) {
      rows.put("vertex");
      rows.put_reals(corners + i * 9 + c * 3, 3);
    }
    rows.put("endloop\nendfacet\n");
  }
}

}  // namespace outfeed
