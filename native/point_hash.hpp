// Points as bits, and their hash, which is keyed at random: nobody can write a file whose points all collide. No result
// may depend on it.
#pragma once

#include <cstdint>
#include <cstring>
#include <random>
#include <type_traits>

namespace outfeed {

template <class T>
class PointHash {
 public:
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  // x, y, z, and nothing: four, so that they are handled together.
  struct alignas(16) Point {
    Bits bits[4];
  };

  PointHash() {
    static const Keys keys;
    std::memcpy(keys_, keys.values, sizeof(keys_));
  }

  // Loads x, y, z, aligned or not, with +0.0 for -0.0.
  static void load(const void *from, Point &to) {
    using Lanes __attribute__((vector_size(sizeof(Point)))) = Bits;
    Bits raw[3];
    std::memcpy(raw, from, sizeof(raw));
    Lanes lanes = {raw[0], raw[1], raw[2], 0};
    lanes &= Lanes(lanes != (Bits(1) << (sizeof(Bits) * 8 - 1)));
    std::memcpy(&to, &lanes, sizeof(to));
  }

  // Compares with x, y, z in memory by their bits, so that a NaN that a caller let through is a value like any other.
  static bool equal(const Point &point, const T *other) {
    Bits bits[3];
    std::memcpy(bits, other, sizeof(bits));
    return ((bits[0] ^ point.bits[0]) | (bits[1] ^ point.bits[1]) | (bits[2] ^ point.bits[2])) == 0;
  }

  std::uint64_t operator()(const Point &point) const {
    const Bits *v = point.bits;
    if constexpr (sizeof(Bits) == 4) {
      return fold(((std::uint64_t(v[0]) << 32) | v[1]) ^ keys_[0], v[2] ^ keys_[1]);
    } else {
      return fold(fold(v[0] ^ keys_[0], v[1] ^ keys_[1]) ^ v[2], keys_[2]);
    }
  }

  // The place of a hash among so many.
  static std::size_t place(std::uint64_t hash, std::size_t places) {
    __extension__ using Wide = unsigned __int128;
    return std::size_t((Wide(hash) * places) >> 64);
  }

 private:
  // Drawn once for a process: asking the system takes longer than a small mesh.
  struct Keys {
    Keys() {
      std::random_device random;
      for (auto &value : values) value = (std::uint64_t(random()) << 32) ^ random();
      values[2] |= 1;
    }
    std::uint64_t values[3];
  };

  static std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = Wide(a) * b;
    return std::uint64_t(product) ^ std::uint64_t(product >> 64);
  }

  std::uint64_t keys_[3];
};

}  // namespace outfeed
