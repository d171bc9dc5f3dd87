// Records of binary STL, and corners, into a mesh: whole and in pieces, beside an ordered map.
#include "../distinct.hpp"
#include "../facets.hpp"
#include "../weld.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "fuzz.hpp"

namespace {

template <class T>
using Bits = std::array<std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>, 3>;

template <class T>
Bits<T> bits_of(const T *corner) {
  T plain[3];
  for (int i = 0; i < 3; ++i) plain[i] = corner[i] == 0 ? T(0) : corner[i];
  Bits<T> bits;
  std::memcpy(bits.data(), plain, sizeof(plain));
  return bits;
}

template <class T>
void check(const std::vector<T> &corners, outfeed::Welder<T> &welder) {
  require(welder.corners() == corners.size() / 3, "each corner has a vertex");
  std::map<Bits<T>, std::int32_t> numbers;
  for (std::size_t i = 0; i < welder.corners(); ++i) {
    const auto bits = bits_of(corners.data() + 3 * i);
    const auto number = numbers.emplace(bits, std::int32_t(numbers.size())).first->second;
    require(welder.index_block()[i] == number, "vertices come in order of first appearance");
    require(std::memcmp(welder.vertex_block().data() + 3 * number, bits.data(), sizeof(bits)) == 0,
            "a corner is where its vertex is");
  }
  require(welder.vertices() == numbers.size(), "there are no other vertices");
}

// What is written of a mesh and read again is the mesh.
void check_records(const std::vector<float> &corners, outfeed::Welder<float> &welder) {
  const std::size_t count = corners.size() / 9;
  std::vector<unsigned char> records(count * outfeed::kStlRecord);
  outfeed::write_stl_records(welder.vertex_block().data(), welder.vertices(), welder.index_block().data(), count,
                             records.data());
  outfeed::Welder<float> again(0);
  if (count != 0) again.add(records.data() + 12, count, 3, outfeed::kStlRecord);
  require(fuzz::same(again.index_block().data(), welder.index_block().data(), welder.corners()), "records hold the mesh");
}

// Groups of three corners, with bytes before and behind as binary STL has them.
template <class T>
void run(fuzz::Input input) {
  const std::size_t before = input.below(13), stride = before + 9 * sizeof(T) + input.below(3);
  fuzz::Input cuts = input;
  std::vector<T> corners;
  while (input.left() != 0)
    for (int i = 0; i < 9; ++i) corners.push_back(input.coordinate<T>());
  const std::size_t groups = corners.size() / 9;
  std::vector<std::uint8_t> records(groups * stride + before);
  for (std::size_t g = 0; g < groups; ++g)
    std::memcpy(records.data() + g * stride + before, corners.data() + 9 * g, 9 * sizeof(T));
  outfeed::Welder<T> whole(cuts.below(64)), pieces(0);
  whole.add(records.data() + before, groups, 3, stride);
  for (std::size_t g = 0; g < groups;) {
    const std::size_t some = std::min(groups - g, 1 + cuts.below(80));
    const fuzz::Exact piece(records.data() + g * stride, some * stride);
    pieces.add(piece.data() + before, some, 3, stride);
    g += some;
  }
  check(corners, whole);
  check(corners, pieces);
  const bool unchanged = whole.vertices() == whole.corners() &&
                         fuzz::same(whole.vertex_block().data(), corners.data(), corners.size()) &&
                         std::all_of(corners.begin(), corners.end(), [](T value) { return std::isfinite(value); });
  require(outfeed::Distinct<T>::of(corners.data(), corners.size() / 3) == unchanged, "distinct points need no welding");
  if constexpr (sizeof(T) == 4) check_records(corners, whole);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  fuzz::Input input(data, size);
  if (input.flag()) run<float>(input);
  else run<double>(input);
  return 0;
}
