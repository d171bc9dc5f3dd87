// Welding: corners with equal coordinates become one vertex.
//
// Exact value, -0.0 equal to +0.0 (and written as +0.0), vertices in the order of their first appearance. The table is
// open-addressing with linear probing. Values are compared by their bits, so a NaN that a caller let through is a value
// like any other. The hash is keyed at random: nobody can write a file whose vertices all collide, and the result does not
// depend on the hash.
#pragma once

#include <cstdint>
#include <cstring>
#include <random>
#include <stdexcept>

#include "block.hpp"

namespace outfeed {

template <class T>
class Welder {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  static constexpr std::size_t kBatch = 64;  // enough loads in flight to hide the memory's latency

 public:
  // `expected` corners; only a hint, except that their index is reserved at once.
  explicit Welder(std::size_t expected) {
    std::random_device random;
    for (auto &key : keys_) key = (std::uint64_t(random()) << 32) ^ random();
    keys_[2] |= 1;
    if (expected > kMost) throw std::length_error("too many corners for 32-bit indices");
    index_.reserve(expected);
    make_table(std::max<std::size_t>(expected / 6, 64));  // as many as a closed surface has
  }

  ~Welder() { std::free(table_); }
  Welder(const Welder &) = delete;
  Welder &operator=(const Welder &) = delete;

  // Adds `groups` groups of `each` corners: x, y, z one after the other; groups `stride` bytes apart, aligned or not.
  void add(const unsigned char *first, std::size_t groups, std::size_t each, std::size_t stride) {
    if (groups * each > kMost - index_.size()) throw std::length_error("too many corners for 32-bit indices");
    Bits batch[kBatch][3];
    std::size_t held = 0;
    for (std::size_t g = 0; g < groups; ++g) {
      for (std::size_t c = 0; c < each; ++c) {
        load(first + g * stride + c * 3 * sizeof(T), batch[held]);
        if (++held == kBatch) {
          weld_batch(batch, held);
          held = 0;
        }
      }
    }
    weld_batch(batch, held);
  }

  std::size_t corners() const { return index_.size(); }
  std::size_t vertices() const { return vertices_.size() / 3; }
  Block<T> &vertex_block() { return vertices_; }
  Block<std::int32_t> &index_block() { return index_; }

 private:
  static constexpr std::size_t kMost = std::numeric_limits<std::int32_t>::max();

  static void load(const unsigned char *from, Bits (&to)[3]) {
    std::memcpy(to, from, sizeof(to));
    for (auto &bits : to) {
      constexpr Bits kMinusZero = Bits(1) << (sizeof(Bits) * 8 - 1);
      if (bits == kMinusZero) bits = 0;
    }
  }

  static std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = Wide(a) * b;
    return std::uint64_t(product) ^ std::uint64_t(product >> 64);
  }

  std::uint64_t hash(const Bits (&v)[3]) const {
    if constexpr (sizeof(Bits) == 4) {
      return fold(((std::uint64_t(v[0]) << 32) | v[1]) ^ keys_[0], v[2] ^ keys_[1]);
    } else {
      return fold(fold(v[0] ^ keys_[0], v[1] ^ keys_[1]) ^ v[2], keys_[2]);
    }
  }

  void make_table(std::size_t vertices) {
    std::size_t slots = 128;
    while (slots * 7 < vertices * 10) slots *= 2;
    auto *table = static_cast<std::uint32_t *>(std::calloc(slots, sizeof(std::uint32_t)));
    if (table == nullptr) throw std::bad_alloc();
    std::free(table_);
    table_ = table;
    mask_ = slots - 1;
    limit_ = slots / 10 * 7;
  }

  void grow() {
    make_table((mask_ + 1) * 14 / 10);
    for (std::size_t i = 0; i < vertices(); ++i) {
      Bits v[3];
      std::memcpy(v, vertices_.data() + i * 3, sizeof(v));
      std::size_t slot = hash(v) & mask_;
      while (table_[slot] != 0) slot = (slot + 1) & mask_;
      table_[slot] = std::uint32_t(i + 1);
    }
  }

  void weld_batch(const Bits (*batch)[3], std::size_t n) {
    if (vertices() + n > limit_) grow();
    std::size_t home[kBatch];
    for (std::size_t i = 0; i < n; ++i) {
      home[i] = hash(batch[i]) & mask_;
      __builtin_prefetch(table_ + home[i]);
    }
    for (std::size_t i = 0; i < n; ++i) {
      const std::uint32_t id = table_[home[i]];
      if (id != 0) __builtin_prefetch(vertices_.data() + std::size_t(id - 1) * 3);
    }
    std::int32_t *out = index_.extend(n);
    for (std::size_t i = 0; i < n; ++i) out[i] = find_or_add(batch[i], home[i]);
  }

  std::int32_t find_or_add(const Bits (&v)[3], std::size_t slot) {
    for (;; slot = (slot + 1) & mask_) {
      const std::uint32_t id = table_[slot];
      if (id == 0) break;
      if (std::memcmp(vertices_.data() + std::size_t(id - 1) * 3, v, sizeof(v)) == 0) return std::int32_t(id - 1);
    }
    std::memcpy(vertices_.extend(3), v, sizeof(v));
    table_[slot] = std::uint32_t(vertices());
    return std::int32_t(vertices() - 1);
  }

  std::uint64_t keys_[3];
  Block<T> vertices_;
  Block<std::int32_t> index_;
  std::uint32_t *table_ = nullptr;  // vertex number + 1; 0 is free
  std::size_t mask_ = 0;
  std::size_t limit_ = 0;
};

}  // namespace outfeed
