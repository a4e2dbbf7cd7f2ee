#pragma once
// MPI's constants are C macros that Swift cannot import; each is a static inline function here.
#include <mpi.h>

static inline MPI_Comm cmpi_comm_world(void) { return MPI_COMM_WORLD; }
