#pragma once
// Only what the convolution path calls; the full cblas.h has complex types that Swift cannot import.
#include <cblas.h>
