// Memory of the arrays that kernels make.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <new>
#include <type_traits>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace outfeed {

constexpr std::size_t kHugePage = std::size_t(2) << 20;

// Asks for pages of 2 MB where a block is large: fewer faults and fewer misses of the table of pages. Only a hint.
inline void ask_for_huge_pages([[maybe_unused]] void *memory, [[maybe_unused]] std::size_t bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  constexpr std::uintptr_t kPage = kHugePage;
  const std::uintptr_t begin = reinterpret_cast<std::uintptr_t>(memory);
  const std::uintptr_t first = (begin + kPage - 1) / kPage * kPage, last = (begin + bytes) / kPage * kPage;
  if (first < last) madvise(reinterpret_cast<void *>(first), last - first, MADV_HUGEPAGE);
#endif
}

// A growing block of plain values. `realloc` moves large blocks by remapping them, so growth costs no second copy.
template <class T>
class Block {
 public:
  Block() = default;
  Block(const Block &) = delete;
  Block &operator=(const Block &) = delete;
  ~Block() { std::free(data_); }

  T *data() { return data_; }
  const T *data() const { return data_; }
  std::size_t size() const { return size_; }
  T &operator[](std::size_t i) { return data_[i]; }
  const T &operator[](std::size_t i) const { return data_[i]; }

  void reserve(std::size_t wanted) {
    if (wanted <= capacity_) return;
    resize_memory(wanted);
    ask_for_huge_pages(data_, capacity_ * sizeof(T));
  }

  // Makes room for `more` values; their content is the caller's to write.
  T *extend(std::size_t more) {
    if (size_ + more > capacity_) resize_memory(std::max(size_ + more, capacity_ + capacity_ / 2 + 64));
    T *first = data_ + size_;
    size_ += more;
    return first;
  }

  void push(T value) { *extend(1) = value; }

  void shrink(std::size_t size) { size_ = size; }

  // Gives the memory back.
  void clear() {
    std::free(data_);
    data_ = nullptr;
    size_ = capacity_ = 0;
  }

  // Takes over memory that another block released.
  void take(T *data, std::size_t size) {
    std::free(data_);
    data_ = data;
    size_ = capacity_ = size;
  }

  // Hands the memory over; the block is empty afterwards. Free it with std::free.
  T *release() {
    resize_memory(std::max<std::size_t>(size_, 1));
    T *data = data_;
    data_ = nullptr;
    size_ = capacity_ = 0;
    return data;
  }

 private:
  void resize_memory(std::size_t capacity) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (capacity > std::numeric_limits<std::size_t>::max() / sizeof(T)) throw std::bad_alloc();
    void *data = std::realloc(static_cast<void *>(data_), capacity * sizeof(T));
    if (data == nullptr) throw std::bad_alloc();
    data_ = static_cast<T *>(data);
    capacity_ = capacity;
  }

  T *data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace outfeed
