// Rows of one size.
#include "bind.hpp"
#include "records.hpp"

namespace outfeed {
namespace {

using Indices = nb::ndarray<std::int32_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

Records records_of(const Bytes &data, std::size_t rows, std::size_t row_bytes) {
  if (row_bytes == 0 || rows > data.shape(0) / row_bytes) throw std::invalid_argument("more rows than there are bytes for");
  return {data.data(), rows, row_bytes};
}

void check_place(const Records &records, std::size_t at, std::size_t bytes) {
  if (at > records.row_bytes || bytes > records.row_bytes - at) throw std::invalid_argument("a place outside of the row");
}

std::size_t even(const Bytes &data, std::size_t rows, std::size_t row_bytes, std::size_t at, std::size_t bytes) {
  const Records records = records_of(data, rows, row_bytes);
  check_place(records, at, bytes);
  nb::gil_scoped_release free_others;
  return even_rows(records, at, bytes);
}

std::size_t indices(const Bytes &data, std::size_t row_bytes, std::size_t at, char letter, bool swapped, Indices out) {
  const Records records = records_of(data, out.shape(0), row_bytes);
  const std::size_t count = out.shape(1);
  check_place(records, at, checked_product(count, item_bytes(letter)));
  nb::gil_scoped_release free_others;
  return index_rows(records, at, count, letter, swapped, out.data());
}

}  // namespace

void bind_records(nb::module_ &m) {
  m.def("even_rows", &even, nb::arg("data").noconvert(), nb::arg("rows"), nb::arg("row_bytes"), nb::arg("at"),
        nb::arg("bytes"));
  m.def("index_rows", &indices, nb::arg("data").noconvert(), nb::arg("row_bytes"), nb::arg("at"), nb::arg("letter"),
        nb::arg("swapped"), nb::arg("out").noconvert());
}

}  // namespace outfeed
