// What `module.cpp` calls to add the z-buffer.
#pragma once

#include <nanobind/nanobind.h>

namespace outfeed {

void bind_raster(nanobind::module_ &m);

}  // namespace outfeed
