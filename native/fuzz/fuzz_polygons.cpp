// Polygons into triangles.
#include "../polygons.hpp"

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  fuzz::Input input(data, size);
  std::vector<double> points;
  std::vector<std::int32_t> counts, corners;
  const std::size_t rows = input.below(16);
  for (std::size_t i = 0; i < 3 * rows; ++i) points.push_back(input.coordinate<double>());
  bool fits = true;
  while (input.left() != 0) {
    counts.push_back(std::int32_t(input.below(32)) - (input.take<std::uint8_t>() == 255));
    fits &= counts.back() >= 0;
    for (std::int32_t i = 0; i < counts.back(); ++i) {
      const std::uint8_t byte = input.take<std::uint8_t>();
      corners.push_back(byte == 255 ? -1 : std::int32_t(byte % (rows + (rows == 0 || byte > 250))));
      fits &= corners.back() >= 0 && std::size_t(corners.back()) < rows;
    }
  }
  outfeed::Block<std::int32_t> triangles;
  try {
    outfeed::cut_polygons(points.data(), rows, counts.data(), counts.size(), corners.data(), corners.size(), triangles);
  } catch (const std::invalid_argument &) {
    require(!fits, "polygons whose corners are there are cut");
    return 0;
  }
  require(fits, "a corner that is not there is refused");
  std::size_t first = 0, at = 0;
  for (const std::int32_t count : counts) {
    for (std::int32_t i = 0; i < 3 * (count - 2); ++i, ++at) {
      require(at < triangles.size(), "n corners give n - 2 triangles");
      require(std::size_t(triangles[at]) >= first && std::size_t(triangles[at]) < first + std::size_t(count),
              "triangles of a polygon have its corners");
    }
    first += std::size_t(count);
  }
  require(at == triangles.size(), "n corners give no more than n - 2 triangles");
  return 0;
}
