#include "bind.hpp"

namespace outfeed {

void bind_intersect(nb::module_ &) {}

}  // namespace outfeed
