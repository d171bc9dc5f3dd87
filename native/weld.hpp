// Welding: corners with equal coordinates become one vertex.
//
// Exact value, -0.0 equal to +0.0 (and written as +0.0), vertices in the order of their first appearance.
//
// The table has buckets of one cache line with twelve vertices, and a byte of each one's hash: so almost every corner
// costs one miss of the cache, one comparison, and no branch that is hard to foresee. A full bucket is continued in the
// next one.
#pragma once

#include <cstdint>
#include <cstring>
#include <stdexcept>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "block.hpp"
#include "point_hash.hpp"

namespace outfeed {

// A byte of a hash that its bucket was not chosen by, and not 0.
inline std::uint8_t tag_of(std::uint64_t hash) {
  return std::uint8_t(std::uint8_t(hash) + (std::uint8_t(hash) == 0));
}

class Bucket {
 public:
  static constexpr unsigned kMost = 12;

  bool full() const { return used_ == kMost; }
  void put(std::uint8_t tag, std::uint32_t vertex) {
    tags_[used_] = tag;
    vertices_[used_++] = vertex;
  }

  // The vertices with this tag, which is never 0, as bits.
  unsigned matches(std::uint8_t tag) const {
#ifdef __SSE2__
    const __m128i all = _mm_load_si128(reinterpret_cast<const __m128i *>(tags_));
    return unsigned(_mm_movemask_epi8(_mm_cmpeq_epi8(all, _mm_set1_epi8(char(tag))))) & ((1u << kMost) - 1);
#else
    unsigned found = 0;
    for (unsigned i = 0; i < kMost; ++i) found |= unsigned(tags_[i] == tag) << i;
    return found;
#endif
  }

  // The vertex of the lowest of these bits.
  std::uint32_t vertex(unsigned bits) const { return vertices_[__builtin_ctz(bits)]; }

 private:
  alignas(64) std::uint8_t tags_[kMost];  // 0 is free
  std::uint32_t used_;
  std::uint32_t vertices_[kMost];
};
static_assert(sizeof(Bucket) == 64);

// Buckets full of zeros, aligned to their size.
class Buckets {
 public:
  Buckets() = default;
  Buckets(const Buckets &) = delete;
  Buckets &operator=(const Buckets &) = delete;
  ~Buckets() { std::free(memory_); }

  void make(std::size_t count) {
    std::free(memory_);
    memory_ = zeros((count + 1) * sizeof(Bucket));
    if (memory_ == nullptr) throw std::bad_alloc();
    const auto begin = reinterpret_cast<std::uintptr_t>(memory_);
    first_ = reinterpret_cast<Bucket *>((begin + sizeof(Bucket) - 1) / sizeof(Bucket) * sizeof(Bucket));
    count_ = count;
  }

  std::size_t count() const { return count_; }
  Bucket *at(std::uint64_t hash) { return first_ + PointHash<float>::place(hash, count_); }
  Bucket *after(Bucket *bucket) { return bucket + 1 == first_ + count_ ? first_ : bucket + 1; }

 private:
  // Large tables in whole pages of 2 MB: they are looked into at random, and small pages would miss at each look.
  static void *zeros(std::size_t bytes) {
    if (bytes < kHugePage) return std::calloc(bytes, 1);
    const std::size_t whole = (bytes + kHugePage - 1) / kHugePage * kHugePage;
    void *memory = std::aligned_alloc(kHugePage, whole);
    if (memory == nullptr) return nullptr;
    ask_for_huge_pages(memory, whole);
    return std::memset(memory, 0, bytes);
  }

  void *memory_ = nullptr;
  Bucket *first_ = nullptr;
  std::size_t count_ = 0;
};

template <class T>
class Welder {
  using Point = typename PointHash<T>::Point;
  static constexpr std::size_t kBatch = 64;  // enough loads in flight to hide the memory's latency
  // Mean of a bucket where the number of vertices was foreseen, and where the table grows: few buckets overflow.
  static constexpr std::size_t kFill = 7, kMostFill = 8;

 public:
  // `expected` corners and vertices; only hints, except that memory is reserved for both at once.
  Welder(std::size_t expected, std::size_t expected_vertices) {
    if (expected > kMost) throw std::length_error("too many corners for 32-bit indices");
    index_.reserve(expected);
    vertices_.reserve((expected_vertices + expected_vertices / 16) * 3);
    buckets_.make(expected_vertices / kFill + 8);
  }

  // As many vertices as a closed surface has.
  explicit Welder(std::size_t expected) : Welder(expected, expected / 6) {}

  // Adds `groups` groups of `each` corners: x, y, z one after the other; groups `stride` bytes apart, aligned or not.
  void add(const unsigned char *first, std::size_t groups, std::size_t each, std::size_t stride) {
    if (groups * each > kMost - index_.size()) throw std::length_error("too many corners for 32-bit indices");
    Point batch[kBatch];
    std::size_t held = 0;
    for (std::size_t g = 0; g < groups; ++g) {
      for (std::size_t c = 0; c < each; ++c) {
        hash_.load(first + g * stride + c * 3 * sizeof(T), batch[held]);
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

  void weld_batch(const Point *batch, std::size_t n) {
    if (vertices() + n > buckets_.count() * kMostFill) grow();
    std::uint64_t hashes[kBatch];
    for (std::size_t i = 0; i < n; ++i) {
      hashes[i] = hash_(batch[i]);
      __builtin_prefetch(buckets_.at(hashes[i]));
    }
    std::int32_t *out = index_.extend(n);
    for (std::size_t i = 0; i < n; ++i) out[i] = find_or_add(batch[i], hashes[i]);
  }

  std::int32_t find_or_add(const Point &point, std::uint64_t hash) {
    const std::uint8_t tag = tag_of(hash);
    Bucket *bucket = buckets_.at(hash);
    for (;; bucket = buckets_.after(bucket)) {
      for (unsigned found = bucket->matches(tag); found != 0; found &= found - 1) {
        const std::uint32_t vertex = bucket->vertex(found);
        if (hash_.equal(point, vertices_.data() + std::size_t(vertex) * 3)) return std::int32_t(vertex);
      }
      if (!bucket->full()) break;
    }
    const std::uint32_t number = std::uint32_t(vertices());
    bucket->put(tag, number);
    std::memcpy(vertices_.extend(3), point.bits, 3 * sizeof(T));
    return std::int32_t(number);
  }

  void grow() {
    buckets_.make(vertices() * 2 / kFill + kBatch);
    for (std::size_t i = 0; i < vertices(); ++i) {
      Point point;
      hash_.load(vertices_.data() + i * 3, point);
      const std::uint64_t hash = hash_(point);
      Bucket *bucket = buckets_.at(hash);
      while (bucket->full()) bucket = buckets_.after(bucket);
      bucket->put(tag_of(hash), std::uint32_t(i));
    }
  }

  PointHash<T> hash_;
  Buckets buckets_;
  Block<T> vertices_;
  Block<std::int32_t> index_;
};

}  // namespace outfeed
