// Each adds its kernels to the module.
#pragma once

#include "arrays.hpp"

namespace outfeed {

void bind_weld(nb::module_ &m);
void bind_readers(nb::module_ &m);
void bind_lists(nb::module_ &m);
void bind_text(nb::module_ &m);
void bind_raster(nb::module_ &m);
void bind_topology(nb::module_ &m);
void bind_intersect(nb::module_ &m);
void bind_threemf(nb::module_ &m);
void bind_records(nb::module_ &m);
void bind_simplify(nb::module_ &m);
void bind_creases(nb::module_ &m);
void bind_tiles(nb::module_ &m);

}  // namespace outfeed
