// What the harnesses share: bytes of libFuzzer as numbers, coordinates and pieces; and what must hold.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <stdexcept>
#include <vector>

namespace fuzz {

// Ends the process where something does not hold, so that libFuzzer keeps the input.
inline void require(bool holds, const char *what) {
  if (holds) return;
  std::fprintf(stderr, "it does not hold that %s\n", what);
  std::abort();
}

// Bytes in memory of exactly their size, so that AddressSanitizer sees a read behind them.
class Exact {
 public:
  Exact(const std::uint8_t *data, std::size_t size) : bytes_(new std::uint8_t[size]), size_(size) {
    if (size != 0) std::memcpy(bytes_.get(), data, size);
  }
  const std::uint8_t *data() const { return bytes_.get(); }
  const char *text() const { return reinterpret_cast<const char *>(bytes_.get()); }
  std::size_t size() const { return size_; }

 private:
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::size_t size_;
};

// Takes numbers from the front of the bytes; behind their end all are 0.
class Input {
 public:
  Input(const std::uint8_t *data, std::size_t size) : data_(data), size_(size) {}

  std::size_t left() const { return size_; }
  Exact rest() const { return Exact(data_, size_); }

  template <class T>
  T take() {
    T value{};
    const std::size_t count = size_ < sizeof(T) ? size_ : sizeof(T);
    if (count != 0) std::memcpy(&value, data_, count);
    data_ += count;
    size_ -= count;
    return value;
  }

  bool flag() { return take<std::uint8_t>() & 1; }
  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : take<std::uint8_t>() % limit; }

  // A small whole number as a rule, so that some are equal; else one of those that arithmetic stumbles over, or any bits.
  template <class T>
  T coordinate(bool finite = false) {
    using Limits = std::numeric_limits<T>;
    const T odd[] = {T(-0.0),          Limits::denorm_min(), Limits::min(),       Limits::max(),     Limits::lowest(),
                     Limits::epsilon(), T(0.1),              Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity()};
    const std::uint8_t kind = take<std::uint8_t>();
    T value = T(int(kind % 16) - 4);
    if (kind >= 240) value = take<T>();
    else if (kind >= 200) value = odd[kind % 10];
    return finite && !(value >= Limits::lowest() && value <= Limits::max()) ? T(1) : value;
  }

 private:
  const std::uint8_t *data_;
  std::size_t size_;
};

template <class T>
struct Mesh {
  std::vector<T> vertices;           // three for each
  std::vector<std::int32_t> faces;   // three for each
  std::size_t vertex_count() const { return vertices.size() / 3; }
  std::size_t face_count() const { return faces.size() / 3; }
};

// A mesh of a few vertices and as many faces as there are bytes for. A corner in about a hundred names no vertex.
template <class T>
Mesh<T> take_mesh(Input &input, bool finite = false, bool in_range = false) {
  Mesh<T> mesh;
  const std::size_t count = input.below(24);
  for (std::size_t i = 0; i < 3 * count; ++i) mesh.vertices.push_back(input.coordinate<T>(finite));
  while (input.left() >= 3) {
    for (int c = 0; c < 3; ++c) {
      const std::uint8_t byte = input.take<std::uint8_t>();
      const bool strange = !in_range && byte >= 254;
      if (strange) mesh.faces.push_back(byte == 254 ? -1 : std::int32_t(count));
      else mesh.faces.push_back(count == 0 ? 0 : std::int32_t(byte % count));
    }
  }
  if (count == 0 && in_range) mesh.faces.clear();
  return mesh;
}

template <class T>
bool names_only_vertices(const Mesh<T> &mesh) {
  for (const std::int32_t corner : mesh.faces)
    if (corner < 0 || std::size_t(corner) >= mesh.vertex_count()) return false;
  return true;
}

// Gives a text to a reader in pieces as a file is read: what it leaves over comes again with what follows. Each byte of
// `cuts` is the size of a piece, and all that is behind those is one more.
template <class Reader>
void feed_in_pieces(Reader &reader, Input cuts, const Exact &text) {
  std::size_t used = 0, shown = 0;
  for (bool last = false; !last;) {
    const std::size_t more = cuts.left() == 0 ? text.size() + 1 : 1 + cuts.below(64);
    last = more > text.size() - shown;
    shown = last ? text.size() : shown + more;
    const Exact piece(text.data() + used, shown - used);
    const std::size_t step = reader.feed(piece.text(), piece.size(), last);
    require(step <= piece.size(), "a reader uses no more than it is given");
    used += step;
  }
}

template <class T>
bool same(const T *a, const T *b, std::size_t count) {
  return count == 0 || std::memcmp(a, b, count * sizeof(T)) == 0;
}

}  // namespace fuzz

using fuzz::require;
