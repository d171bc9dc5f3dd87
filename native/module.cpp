// outfeed._kernels: loops over millions of triangles. Each takes and returns arrays, checks every bound, releases the GIL.
#include "bind.hpp"

NB_MODULE(_kernels, m) {
  m.doc() = "Loops over millions of triangles, in C++.";
  outfeed::bind_weld(m);
  outfeed::bind_readers(m);
  outfeed::bind_lists(m);
  outfeed::bind_text(m);
  outfeed::bind_raster(m);
  outfeed::bind_topology(m);
  outfeed::bind_intersect(m);
  outfeed::bind_threemf(m);
  outfeed::bind_records(m);
  outfeed::bind_simplify(m);
  outfeed::bind_creases(m);
  outfeed::bind_tiles(m);
}
