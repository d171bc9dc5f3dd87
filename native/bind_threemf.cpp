#include "bind.hpp"

namespace outfeed {

void bind_threemf(nb::module_ &) {}

}  // namespace outfeed
